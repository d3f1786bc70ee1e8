#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "reenact/animate/background.h"
#include "reenact/animate/motion_strength.h"
#include "reenact/animate/moved_face.h"
#include "reenact/animate/retarget.h"
#include "reenact/animate/source_avatar.h"
#include "reenact/infer/device.h"
#include "reenact/track/landmark_locator.h"
#include "reenact/track/motion_source.h"

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
  std::filesystem::path driver;  ///< video, picture, folder of pictures, motion file, or take of blend shapes
  /// .mp4, .mov, .mkv, .webm, .avi or .gif; .png or .jpg for a single picture, frames/%06d.png for a folder
  /// of them.
  std::filesystem::path output;
  bool overwrite = false;

  std::filesystem::path models;       ///< directory of the models
  std::filesystem::path face_model;   ///< its directory; empty = the one under `models`
  std::string generator = "default";  ///< bundle's name under `models`, or a path to its directory
  LandmarkScheme landmarks = LandmarkScheme::mesh468;
  std::filesystem::path shape_predictor = "/usr/share/dlib/shape_predictor_68_face_landmarks.dat";
  FaceChoice source_face;
  FaceChoice driver_face;

  std::optional<MotionMode> motion;             ///< default: relative, absolute for a single picture
  std::optional<std::int64_t> reference_frame;  ///< default: the frame of the look-ahead nearest to the photo
  MotionStrength strength;
  OnLost on_lost = OnLost::hold;
  double detail = 0.8;  ///< strength in [0, 1] of the driver's folds on the photo's skin; 0 for none
  MouthInside mouth = MouthInside::driver;
  bool detail_asked = false;  ///< `detail` was named, not left at its default: a note says if it does nothing
  bool mouth_asked = false;   ///< likewise `mouth`
  FitOptions fit;
  TrackingOptions tracking;

  SourceOptions view;
  bool layers = true;  ///< person and background move each by themselves, where the photo can be taken apart
  Background background;
  bool side_by_side = false;  ///< also write source | driver | result beside the output
  bool label = false;         ///< burn a visible mark
  bool audio = true;
  int crf = 18;
  std::string preset = "veryfast";
  /// Of a folder of pictures, 25 without it, or of a take of blend shapes that does not tell its own.
  std::optional<Rational> frame_rate;
  Rational image_folder_rate() const { return frame_rate.value_or(Rational{25, 1}); }

  std::filesystem::path save_motion;  ///< also write the motion (.jsonl, .csv); empty = no
  /// Also write the source's mesh in each frame: meshes/%06d.obj, meshes/%06d.ply, or a folder, which stands
  /// for FOLDER/%06d.obj; empty = no.
  std::filesystem::path save_meshes;
  std::filesystem::path report;  ///< where the caller will write the run's report; empty = nowhere
  InferOptions infer;
  bool pipelined = true;  ///< stages run side by side; off only to time them one by one

  /// Throws UsageError naming the option that makes no sense, InputError for an input that is not there, and
  /// OutputError for an output that exists (but for `overwrite`), has a wrong ending, or cannot be written.
  void validate() const;
};

/// Directory of the face model that the options name.
std::filesystem::path face_model_directory(const ReenactOptions& options);

/// Directory of the generator that the options name.
std::filesystem::path generator_directory(const ReenactOptions& options);

/// Where the side-by-side of an output goes: out.mp4 -> out_side_by_side.mp4, frames/%06d.png ->
/// frames_side_by_side/%06d.png.
std::filesystem::path side_by_side_path(const std::filesystem::path& output);

/// The sequence of the options' meshes: save_meshes, or the one that its folder stands for.
std::filesystem::path meshes_pattern(const ReenactOptions& options);

}  // namespace reenact
