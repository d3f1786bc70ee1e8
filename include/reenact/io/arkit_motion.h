#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "reenact/core/face_model.h"
#include "reenact/core/motion.h"
#include "reenact/core/openings.h"
#include "reenact/io/arkit_channels.h"
#include "reenact/io/arkit_take.h"
#include "reenact/io/motion_file.h"

namespace reenact {

/// Between motion of a face model and the channels of ARKit (docs/motion_format.md has signs and units).
class ArkitMapping {
 public:
  /// Throws ModelError when the model has none of ARKit's expressions. `model` must outlive it.
  explicit ArkitMapping(const FaceModel& model);

  /// Expression, gaze, head and openings of a frame with these values; its openings are those of the mean
  /// face. `from_shapes`: the gaze is what the shapes of looking say, else what the angles of the eyes do.
  MotionFrame motion_of(const ArkitValues& values, bool from_shapes) const;

  /// The values of a frame of the model, angles of the eyes and shapes of looking both from its gaze. Jaw and
  /// lips open the mean face as far as the driver's.
  ArkitValues values_of(const MotionFrame& frame) const;

 private:
  const FaceModel& model_;
  OpeningGauge gauge_;
  std::vector<std::optional<std::size_t>> shapes_;  ///< of each expression of the model
};

/// Size and place of the head in the picture that the motion of a take is said to come from: takes hold none.
inline constexpr int take_picture_side = 1000;
inline constexpr double take_pixels_per_cm = 40;

/// Writes motion as a CSV of Live Link Face. Frames without a face repeat the motion before them. Where the
/// picture showed how far lids are open, the blinks are what it showed, against what is usual in the first
/// frames of each shot: a fit shuts eyes less far. So many frames are held.
class ArkitFileWriter : public MotionWriter {
 public:
  /// Writes beside `path`. `model` must outlive it. Throws OutputError and, for a model without ARKit's
  /// expressions, ModelError.
  ArkitFileWriter(const std::filesystem::path& path, const MotionHeader& header, const FaceModel& model,
                  bool overwrite);
  ~ArkitFileWriter() override;
  void write(const MotionFrame& frame) override;
  void finish(const std::optional<std::string>& damage) override;
  void commit() override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace reenact
