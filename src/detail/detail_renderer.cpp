#include "reenact/detail/detail_renderer.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <utility>

#include "detail/face_layout.h"
#include "detail/shading_picture.h"
#include "reenact/core/smoothstep.h"

namespace reenact {
namespace {

constexpr double delay_s = 0.06;  ///< time constant with which the effect follows
constexpr float least_ratio = 0.015F;
constexpr float largest_light = 0.13F;  ///< of log ratios
constexpr float largest_dark = 0.35F;
constexpr double blur_texels = 0.8;
constexpr float unknown_weight = 0.15F;  ///< of no change, among confidences

constexpr double noise_window_s = 1.0;
constexpr float noise_of_still_skin = 0.006F;  ///< median change of the log ratio from frame to frame
constexpr float least_ratio_per_noise = 3.0F;

// Resolution of the driver, pixels over texels of the layout, below which nothing is seen of folds, and from
// which on they are seen well.
constexpr double least_resolution = 0.5;
constexpr double good_resolution = 1.1;

constexpr double near_turn_rad = 0.21;  ///< between a frame's head and the reference's: 12°
constexpr double far_turn_rad = 0.61;   ///< 35°

constexpr float least_facing = 0.2F;
constexpr float good_facing = 0.5F;
constexpr float depth_tolerance_cm =
    1.0F;  ///< between a pixel's surface and the layout's: the neck is not the chin

float median_change(const ShadingPlanes& now, const ShadingPlanes& before) {
  constexpr std::size_t fewest = 500;
  std::vector<float> changes;
  for (int i = 0; i < shading_side * shading_side; ++i) {
    const int y = i / shading_side;
    const int x = i % shading_side;
    if (std::min(now.confidence(y, x), before.confidence(y, x)) < 0.5F) continue;
    changes.push_back(std::abs(now.log_ratio(y, x) - before.log_ratio(y, x)));
  }
  if (changes.size() < fewest) return 0.0F;
  const auto middle = changes.begin() + static_cast<std::ptrdiff_t>(changes.size() / 2);
  std::nth_element(changes.begin(), middle, changes.end());
  return *middle;
}

}  // namespace

class DetailRenderer::Impl {
 public:
  Impl(const FaceModel& model, const MotionFrame& reference, PoseShading pose_shading, double strength)
      : layout_(make_face_layout(model)),
        pose_shading_(std::move(pose_shading)),
        strength_(static_cast<float>(strength)),
        reference_pose_(reference.pose),
        folds_(cv::Mat_<float>::zeros(shading_side, shading_side)) {
    if (reference.shading) reference_ = decode_shading(*reference.shading);
    // Neutral coordinates are the mean face in its bounding box.
    const Eigen::Vector3f low = model.mean.rowwise().minCoeff();
    const Eigen::Vector3f extent = model.mean.rowwise().maxCoeff() - low;
    const auto scale = static_cast<float>(layout_.camera.scale);
    texel_per_neutral_ = {scale * extent.x(), -scale * extent.y()};
    texel_of_zero_ =
        layout_.camera.translation.cast<float>() + Eigen::Vector2f(scale * low.x(), -scale * low.y());
    depth_per_neutral_ = extent.z();
    depth_of_zero_ = low.z();
  }

  const std::vector<float>& light(const MotionFrame& frame, double time_s, const ConditioningMaps& maps) {
    follow(frame, time_s);
    light_.assign(static_cast<std::size_t>(maps.size) * static_cast<std::size_t>(maps.size), 0.0F);
    for (std::size_t pixel = 0; pixel < light_.size(); ++pixel) {
      if (maps.plane(conditioning::coverage)[pixel] > 0.5F) light_[pixel] = light_at(maps, pixel);
    }
    return light_;
  }

 private:
  /// Brings the folds nearer to those of the frame.
  void follow(const MotionFrame& frame, double time_s) {
    const double passed_s = last_time_s_ ? std::max(time_s - *last_time_s_, 0.0) : 1e9;
    last_time_s_ = time_s;
    const auto share = static_cast<float>(1.0 - std::exp(-passed_s / delay_s));
    if (frame.shading && reference_) {
      folds_ += share * (folds_of(frame, passed_s) - folds_);
    } else {
      folds_ *= 1.0F - share;
    }
  }

  cv::Mat_<float> folds_of(const MotionFrame& frame, double passed_s) {
    ShadingPlanes now = decode_shading(*frame.shading);
    const float threshold =
        least_ratio + std::max(least_ratio_per_noise * (noise(now, passed_s) - noise_of_still_skin), 0.0F);
    cv::Mat_<float> ratio = now.log_ratio - reference_->log_ratio;
    pose_shading_.remove(frame.pose, ratio);
    cv::Mat_<float> weighted(shading_side, shading_side);
    cv::Mat_<float> weight(shading_side, shading_side);
    for (int i = 0; i < shading_side * shading_side; ++i) {
      const int y = i / shading_side;
      const int x = i % shading_side;
      weight(y, x) = layout_.skin(y, x) * std::min(now.confidence(y, x), reference_->confidence(y, x));
      const float beyond = std::max(std::abs(ratio(y, x)) - threshold, 0.0F);
      weighted(y, x) = weight(y, x) * (ratio(y, x) > 0 ? largest_light * std::tanh(beyond / largest_light)
                                                       : -largest_dark * std::tanh(beyond / largest_dark));
    }
    last_ = std::move(now);
    cv::GaussianBlur(weighted, weighted, {}, blur_texels);
    cv::GaussianBlur(weight, weight, {}, blur_texels);
    return (1.0F + unknown_weight) * trust_in(frame) * weighted.mul(layout_.edge_fade) /
           (weight + unknown_weight);
  }

  /// In [0, 1]: what of the folds a frame of this size shows, of a head turned so.
  float trust_in(const MotionFrame& frame) const {
    const double turn = frame.pose.rotation.angularDistance(reference_pose_.rotation);
    const double away = (turn - near_turn_rad) / (far_turn_rad - near_turn_rad);
    const double resolution = frame.pose.scale / layout_.texels_per_cm();
    const double seen = (resolution - least_resolution) / (good_resolution - least_resolution);
    return smoothstep(static_cast<float>(seen)) * (1.0F - smoothstep(static_cast<float>(away)));
  }

  /// How much the shading flickers, over the last second.
  float noise(const ShadingPlanes& now, double passed_s) {
    if (!last_) return noise_;
    const float change = median_change(now, *last_);
    const auto share = static_cast<float>(1.0 - std::exp(-passed_s / noise_window_s));
    noise_ += share * (change - noise_);
    return noise_;
  }

  float light_at(const ConditioningMaps& maps, std::size_t pixel) const {
    const auto value = [&](int channel) { return maps.plane(channel)[pixel]; };
    const float facing = (value(conditioning::normal + 2) - least_facing) / (good_facing - least_facing);
    if (facing <= 0) return 0;
    const float x = texel_of_zero_.x() + texel_per_neutral_.x() * value(conditioning::neutral);
    const float y = texel_of_zero_.y() + texel_per_neutral_.y() * value(conditioning::neutral + 1);
    constexpr float last = shading_side - 1.001F;
    if (!(x >= 0 && y >= 0 && x <= last && y <= last)) return 0;
    const int left = static_cast<int>(x);
    const int top = static_cast<int>(y);
    const float depth = depth_of_zero_ + depth_per_neutral_ * value(conditioning::neutral + 2);
    if (std::abs(depth - layout_.depth(top, left)) > depth_tolerance_cm) return 0;
    const float right = x - static_cast<float>(left);
    const float down = y - static_cast<float>(top);
    const float above = folds_(top, left) + right * (folds_(top, left + 1) - folds_(top, left));
    const float below = folds_(top + 1, left) + right * (folds_(top + 1, left + 1) - folds_(top + 1, left));
    return std::exp(strength_ * std::min(facing, 1.0F) * (above + down * (below - above))) - 1.0F;
  }

  FaceLayout layout_;
  PoseShading pose_shading_;
  float strength_;
  Pose reference_pose_;
  std::optional<ShadingPlanes> reference_;
  Eigen::Vector2f texel_per_neutral_;
  Eigen::Vector2f texel_of_zero_;
  float depth_per_neutral_ = 0;
  float depth_of_zero_ = 0;
  std::optional<ShadingPlanes> last_;
  float noise_ = 0;
  std::optional<double> last_time_s_;
  cv::Mat_<float> folds_;  ///< log ratio by which the photo's skin changes, in the layout
  std::vector<float> light_;
};

DetailRenderer::DetailRenderer(const FaceModel& model, const MotionFrame& reference, PoseShading pose_shading,
                               double strength)
    : impl_(std::make_unique<Impl>(model, reference, std::move(pose_shading), strength)) {}
DetailRenderer::~DetailRenderer() = default;

const std::vector<float>& DetailRenderer::light(const MotionFrame& frame, double time_s,
                                                const ConditioningMaps& maps) {
  return impl_->light(frame, time_s, maps);
}

}  // namespace reenact
