#include "reenact/core/motion_features.h"

namespace reenact {
namespace {

constexpr std::array<MotionFeatureInfo, motion_feature_count> features = {{
    {"mouth_opening", "Mouth opening"},
    {"mouth_width", "Mouth width"},
    {"mouth_shift", "Mouth shift"},
    {"eye_opening", "Eye opening"},
    {"wink", "Wink"},
    {"gaze_yaw", "Gaze sideways"},
    {"gaze_pitch", "Gaze up and down"},
    {"brow_height", "Brow height"},
    {"brow_distance", "Brow distance"},
    {"head_yaw", "Head yaw"},
    {"head_pitch", "Head pitch"},
    {"head_roll", "Head roll"},
}};

}  // namespace

const MotionFeatureInfo& motion_feature_info(MotionFeature feature) {
  return features.at(static_cast<std::size_t>(feature));
}

}  // namespace reenact
