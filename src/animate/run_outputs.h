#pragma once

#include <memory>
#include <opencv2/core.hpp>
#include <optional>
#include <string>

#include "animate/numbered_folder.h"
#include "animate/picture_sink.h"
#include "reenact/animate/options.h"
#include "reenact/animate/run.h"
#include "reenact/io/motion_file.h"

namespace reenact {

/// All files that a run writes. None is there before all of them are complete; destroyed before commit(),
/// none remains.
class RunOutputs {
 public:
  /// `canvas` is what the output shows before anything moves, 8-bit BGR or, with alpha, BGRA; null when only
  /// the motion is saved. `model` must outlive it. Throws OutputError and, for a model whose motion cannot be
  /// saved as blend shapes, ModelError.
  RunOutputs(const ReenactOptions& options, const MotionHeader& header,
             const std::optional<VideoInfo>& driver, const FaceModel& model, const cv::Mat* canvas);

  /// Records the motion where that is asked for.
  void write_motion(const MotionFrame& frame);
  /// `picture` is of the canvas's size and type.
  void write_picture(const MotionFrame& frame, const cv::Mat& picture);

  /// Writes the source's vertices, 3×V in cm, where meshes are asked for; `pixels_per_cm` of the canvas.
  void write_mesh(const MotionFrame& frame, const Eigen::Matrix3Xf& vertices, double pixels_per_cm);

  /// Completes every file, then names all of them, in `summary` too. `damage` says what of the driver could
  /// not be read. Throws OutputError.
  void commit(const std::optional<std::string>& damage, RunSummary& summary);

 private:
  const ReenactOptions& options_;
  std::unique_ptr<PictureSink> sink_;
  std::optional<SideBySide> side_by_side_;
  const FaceModel& model_;
  std::unique_ptr<MotionWriter> motion_file_;
  std::optional<NumberedFolder> meshes_;
};

}  // namespace reenact
