#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "reenact/app/landmark_locator.h"
#include "reenact/app/motion_source.h"
#include "reenact/app/retarget.h"
#include "reenact/app/source_avatar.h"
#include "reenact/app/stage_times.h"
#include "reenact/infer/generator.h"

namespace reenact {

/// What to do with a driver frame that shows no face.
enum class OnLost {
  hold,  ///< repeat the last motion
  skip,  ///< leave the frame out
  fail,  ///< stop with an error
};

/// One run of the tool. Defaults are those of the command line.
struct ReenactOptions {
  std::filesystem::path source;  ///< photo; empty when only the motion is saved
  std::filesystem::path driver;  ///< video, picture, folder of pictures, or motion file
  std::filesystem::path output;  ///< .mp4 or .mov; .png or .jpg for a single picture
  bool overwrite = false;

  std::filesystem::path models;        ///< directory of the models
  std::string generator = "geometry";  ///< bundle's name under `models`, or a path to its directory
  LandmarkScheme landmarks = LandmarkScheme::mesh468;
  std::filesystem::path shape_predictor = "/usr/share/dlib/shape_predictor_68_face_landmarks.dat";
  FaceChoice source_face;
  FaceChoice driver_face;

  std::optional<MotionMode> motion;             ///< default: relative, absolute for a single picture
  std::optional<std::int64_t> reference_frame;  ///< default: the frame of the look-ahead nearest to the photo
  OnLost on_lost = OnLost::hold;
  FitOptions fit;
  TrackingOptions tracking;

  SourceOptions view;
  bool side_by_side = false;  ///< also write source | driver | result beside the output
  bool label = false;         ///< burn a visible mark
  bool audio = true;
  int crf = 18;
  std::string preset = "veryfast";
  Rational image_folder_rate{25, 1};

  std::filesystem::path save_motion;  ///< also write the motion (.jsonl); empty = no
  std::filesystem::path report;       ///< where the caller will write the run's report; empty = nowhere
  InferOptions infer;

  /// Throws UsageError naming the option that makes no sense, InputError for an input that is not there, and
  /// OutputError for an output that exists (but for `overwrite`), has a wrong ending, or cannot be written.
  void validate() const;
};

/// What a run did.
struct RunSummary {
  std::int64_t frames = 0;  ///< written
  std::int64_t lost = 0;    ///< driver frames without a face
  std::int64_t reference_frame = 0;
  MotionMode motion = MotionMode::relative;
  bool interrupted = false;
  int width = 0;
  int height = 0;
  double seconds = 0;  ///< wall clock, all included
  StageTimes times;
  double source_fit_error = 0;  ///< mean landmark error over inter-ocular distance
  double driver_fit_error = 0;
  GeneratorInfo generator;
  std::string device;
  std::vector<std::filesystem::path> outputs;
  std::vector<std::string> notes;  ///< what the user should know, e.g. audio that cannot be copied
};

/// How a run talks to its caller. Empty functions are not called.
struct RunObserver {
  std::function<void(std::int64_t done, std::int64_t total)> progress;  ///< total 0 when unknown
  /// The same for the frames read before the first is written.
  std::function<void(std::int64_t done, std::int64_t total)> look_ahead;
  /// True finishes the output with the frames so far, or throws Interrupted when there is none.
  std::function<bool()> should_stop;
};

/// Animates the source photo with the driver's motion. Memory does not grow with the driver's length.
/// Throws the errors of core/error.h; then no output is left behind.
RunSummary run_reenact(const ReenactOptions& options, const RunObserver& observer);

/// Landmarks as the options ask for.
LandmarkLocator make_locator(const ReenactOptions& options, const FaceChoice& choice);

/// Directory of the generator that the options name.
std::filesystem::path generator_directory(const ReenactOptions& options);

/// Tool name and version, as written into outputs.
std::string tool_and_version();

/// Where the side-by-side of an output goes: out.mp4 -> out_side_by_side.mp4.
std::filesystem::path side_by_side_path(const std::filesystem::path& output);

}  // namespace reenact
