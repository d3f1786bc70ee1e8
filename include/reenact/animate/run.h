#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "reenact/animate/engine.h"
#include "reenact/animate/moved_face.h"
#include "reenact/animate/options.h"
#include "reenact/animate/source_avatar.h"
#include "reenact/track/driver.h"
#include "reenact/track/motion_source.h"
#include "reenact/track/stage_times.h"

namespace reenact {

/// A part of the driver between two cuts.
struct Shot {
  std::int64_t first_frame = 0;
  std::optional<std::int64_t> reference_frame;  ///< nothing when only the motion was saved
};

/// What a run did.
struct RunSummary {
  std::int64_t frames = 0;           ///< written
  std::int64_t lost = 0;             ///< driver frames without a face
  std::int64_t reference_frame = 0;  ///< of the first shot
  std::vector<Shot> shots;
  MotionMode motion = MotionMode::relative;
  bool interrupted = false;
  bool incomplete = false;  ///< a part of the driver could not be read, as a note says
  int width = 0;
  int height = 0;
  double seconds = 0;           ///< wall clock, all included
  double seconds_to_first = 0;  ///< until the first frame was written
  StageTimes times;
  double source_fit_error = 0;  ///< mean landmark error over inter-ocular distance
  double driver_fit_error = 0;
  /// Why an eye of the photo was left to the mesh, the subject's right and left; empty for a drawn one.
  std::array<std::string, 2> eye_refusals;
  bool layers = false;         ///< person and background moved each by themselves
  std::string layers_refusal;  ///< why they did not although they should
  GeneratorInfo generator;
  MouthCounts mouths;
  std::vector<std::filesystem::path> outputs;
  std::vector<std::string> notes;  ///< what the user should know, e.g. audio that cannot be copied
};

/// How a run talks to its caller, from the caller's thread. Empty functions are not called; what they throw
/// ends the run.
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

/// The first part of a run: reads and fits the photo and runs the generator's heavy part. `engine` has a
/// generator. `notes` gets what the user should know about the photo. Throws InputError or NoFaceError.
SourceAvatar prepare_source(const Engine& engine, const ReenactOptions& options,
                            std::vector<std::string>& notes);

/// The driver's motion, already looked ahead: tracked, or read from a motion file. `engine` and `times` must
/// outlive it. Takes the driver's pictures. Throws InputError or NoFaceError.
std::unique_ptr<MotionSource> open_motion(const Engine& engine, Driver& driver, const ReenactOptions& options,
                                          const RunObserver& observer, StageTimes& times);

/// What the second part of a run works with.
struct RunParts {
  const Engine& engine;
  const SourceAvatar* avatar;              ///< null when only the motion is saved
  const std::optional<VideoInfo>& driver;  ///< nothing of a motion file
  MotionSource& motion;                    ///< the driver's; it may have been tracked by an earlier run
};

/// The second part of a run: writes what the options ask for. Adds to `summary`.
void animate(const RunParts& parts, const ReenactOptions& options, const RunObserver& observer,
             RunSummary& summary);

}  // namespace reenact
