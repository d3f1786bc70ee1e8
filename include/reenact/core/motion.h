#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reenact/core/face_model.h"
#include "reenact/core/lid_gaps.h"
#include "reenact/core/mouth_patch.h"
#include "reenact/core/openings.h"
#include "reenact/core/pose.h"
#include "reenact/core/rational.h"
#include "reenact/core/skin_shading.h"

namespace reenact {

/// What a driver does in one frame: pose, expression and gaze, without identity.
struct MotionFrame {
  std::int64_t index = 0;      ///< frame number in the driver, from 0
  std::int64_t timestamp = 0;  ///< ticks of MotionHeader::time_base since the first frame
  std::int64_t duration = 0;   ///< ticks that it is shown; 0 = until the next frame
  bool starts_shot = false;    ///< a cut lies before it: pose and identity do not continue
  bool tracked = true;         ///< false: the face was lost and the last motion is repeated
  Pose pose;                   ///< in driver pixels
  Eigen::VectorXd expression;  ///< weights in the order of MotionHeader::expression_names
  Gaze gaze;
  FaceOpenings openings;            ///< of the driver's own face in this expression
  std::optional<LidGaps> lid_gaps;  ///< as the picture shows them; none where they were not measured
  std::optional<MouthPatch> mouth;  ///< only where the mouth is open and was cut out
  std::optional<MouthColours> mouth_colours;  ///< of the shot, where one starts; none where none were seen
  std::optional<SkinShading> shading;         ///< only where the face was tracked
};

/// What holds for a whole driver.
struct MotionHeader {
  int width = 0;  ///< driver frame size in pixels
  int height = 0;
  /// How far the driver's own pictures were turned clockwise, so that faces are upright: 0, 90, 180 or 270.
  int turned_deg = 0;
  Rational frame_rate{25, 1};    ///< nominal frames per second
  Rational time_base{1, 12800};  ///< seconds per tick of MotionFrame::timestamp
  std::string face_model;        ///< name of the model that was fitted
  std::vector<std::string> expression_names;
  std::optional<MouthColours> mouth_colours;  ///< of the first shot; nothing when no mouth was cut out
};

}  // namespace reenact
