#include "reenact/track/quarter_turn.h"

namespace reenact {

const char* turn_text(cv::RotateFlags turn) {
  switch (turn) {
    case cv::ROTATE_90_CLOCKWISE:
      return "by 90 degrees clockwise";
    case cv::ROTATE_90_COUNTERCLOCKWISE:
      return "by 90 degrees counterclockwise";
    case cv::ROTATE_180:
      return "by 180 degrees";
  }
  return "";
}

int degrees_of(cv::RotateFlags turn) {
  switch (turn) {
    case cv::ROTATE_90_CLOCKWISE:
      return 90;
    case cv::ROTATE_180:
      return 180;
    case cv::ROTATE_90_COUNTERCLOCKWISE:
      return 270;
  }
  return 0;
}

std::optional<cv::RotateFlags> turn_of(const MotionHeader& motion) {
  for (const cv::RotateFlags turn :
       {cv::ROTATE_90_CLOCKWISE, cv::ROTATE_180, cv::ROTATE_90_COUNTERCLOCKWISE}) {
    if (motion.turned_deg == degrees_of(turn)) return turn;
  }
  return std::nullopt;
}

}  // namespace reenact
