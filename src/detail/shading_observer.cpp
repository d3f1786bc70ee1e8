#include "reenact/detail/shading_observer.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>
#include <vector>

#include "detail/face_layout.h"
#include "detail/shading_picture.h"
#include "reenact/render/rasterizer.h"

namespace reenact {
namespace {

// Facing of the surface, z of its normal, from which on it is seen and from which on well.
constexpr float least_facing = 0.3F;
constexpr float good_facing = 0.55F;
constexpr float depth_tolerance_px = 2.5F;  ///< by which a seen point may lie behind the z-buffer

constexpr double flow_blur_texels = 1.5;
constexpr float farthest_shift_texels = 2.0F;
constexpr double luma_blur_texels = 0.65;
constexpr float luma_floor = 12.0F;  ///< added before the ratio is taken: dark skin is noise
constexpr double room_light_cm = 1.8;
constexpr double room_light_share = 0.9;
constexpr float edge_of_half_confidence = 0.10F;  ///< relative change of the keyframe's luma per texel
constexpr double difference_window_cm = 0.5;
constexpr float difference_of_half_confidence = 0.17F;  ///< root mean square of the log ratio in that window
constexpr double confidence_blur_texels = 2.0;

/// Hair is darker than the skin around it, within `skin_nearby_cm`, by the first, or than all of it by the
/// second.
constexpr float darker_than_nearby = 0.55F;
constexpr float darker_than_skin = 0.4F;
constexpr double skin_nearby_cm = 2.2;
/// Share of hair around a texel, within the distance, up to which it tells of folds and from which on not.
constexpr float hardly_hair = 0.05F;
constexpr float surely_hair = 0.3F;
constexpr double hair_reach_cm = 0.8;

/// What a frame shows of the skin, in the layout.
struct Texture {
  cv::Mat luma;             ///< 8-bit
  cv::Mat_<float> visible;  ///< in [0, 1]
};

cv::Mat_<float> blurred(const cv::Mat& plane, double sigma) {
  cv::Mat_<float> result;
  cv::GaussianBlur(plane, result, {}, sigma, sigma, cv::BORDER_REPLICATE);
  return result;
}

/// The same on a quarter of the texels a side, for wide blurs.
cv::Mat_<float> coarsely_blurred(const cv::Mat& plane, double sigma) {
  constexpr int step = 4;
  cv::Mat_<float> coarse;
  cv::Mat_<float> result;
  cv::resize(plane, coarse, {}, 1.0 / step, 1.0 / step, cv::INTER_AREA);
  cv::resize(blurred(coarse, sigma / step), result, plane.size(), 0, 0, cv::INTER_LINEAR);
  return result;
}

float median_where(const cv::Mat_<float>& values, const cv::Mat_<float>& weight) {
  constexpr std::size_t fewest = 50;
  std::vector<float> trusted;
  for (auto value = values.begin(), trust = weight.begin(); value != values.end(); ++value, ++trust) {
    if (*trust > 0.5F) trusted.push_back(*value);
  }
  if (trusted.size() < fewest) return 0.0F;
  const auto middle = trusted.begin() + static_cast<std::ptrdiff_t>(trusted.size() / 2);
  std::nth_element(trusted.begin(), middle, trusted.end());
  return *middle;
}

/// 255 where dark parts of the face reach in from its outline: hair on the forehead, at the temples, a beard.
/// Brows, nostrils and the shade of deep eyes do not. `luma` is 8-bit, `skin` in [0,1].
cv::Mat hair_on_face(const cv::Mat& luma, const cv::Mat_<float>& skin, double texels_per_cm) {
  cv::Mat_<float> level;
  luma.convertTo(level, CV_32F);
  const double wide = skin_nearby_cm * texels_per_cm;
  const cv::Mat_<float> nearby =
      coarsely_blurred(level.mul(skin), wide) / (coarsely_blurred(skin, wide) + 0.02F);
  const cv::Mat_<float> limit =
      cv::max(darker_than_nearby * nearby, darker_than_skin * median_where(level, skin));
  const cv::Mat face = skin > 0.5F;
  const cv::Mat dark = (level < limit) & face;
  constexpr int greatest_hole = 31;  // texels: eyes and mouth are no outline
  cv::Mat filled, inner, parts;
  cv::copyMakeBorder(face, filled, greatest_hole, greatest_hole, greatest_hole, greatest_hole,
                     cv::BORDER_CONSTANT, cv::Scalar(0));
  cv::morphologyEx(filled, filled, cv::MORPH_CLOSE,
                   cv::getStructuringElement(cv::MORPH_ELLIPSE, {greatest_hole, greatest_hole}));
  cv::erode(filled, inner, cv::Mat(), {-1, -1}, 2);
  const cv::Mat outline = cv::Mat(filled & ~inner)(cv::Rect({greatest_hole, greatest_hole}, face.size()));
  std::vector<bool> reaches_outline(static_cast<std::size_t>(cv::connectedComponents(dark, parts)), false);
  for (int y = 0; y < parts.rows; ++y) {
    for (int x = 0; x < parts.cols; ++x) {
      const auto part = static_cast<std::size_t>(parts.at<int>(y, x));
      if (part > 0 && outline.at<std::uint8_t>(y, x) != 0) reaches_outline[part] = true;
    }
  }
  cv::Mat hair(parts.size(), CV_8U);
  for (int y = 0; y < parts.rows; ++y) {
    for (int x = 0; x < parts.cols; ++x) {
      hair.at<std::uint8_t>(y, x) = reaches_outline[static_cast<std::size_t>(parts.at<int>(y, x))] ? 255 : 0;
    }
  }
  return hair;
}

/// In [0,1]: how far each texel of the face shows skin rather than hair, or skin between hairs.
cv::Mat_<float> bare_skin(const cv::Mat& luma, const cv::Mat_<float>& skin, double texels_per_cm) {
  cv::Mat_<float> hair;
  hair_on_face(luma, skin, texels_per_cm).convertTo(hair, CV_32F, 1 / 255.0);
  const double reach = hair_reach_cm * texels_per_cm;
  const cv::Mat_<float> share = blurred(hair, reach) / (blurred(skin, reach) + 0.05F);
  return 1.0F - cv::min(cv::max((share - hardly_hair) / (surely_hair - hardly_hair), 0.0F), 1.0F);
}

}  // namespace

class ShadingObserver::Impl {
 public:
  explicit Impl(const FaceModel& model)
      : model_(model),
        layout_(make_face_layout(model)),
        skin_nearby_(blurred(layout_.skin, confidence_blur_texels) + 0.02F),
        flow_search_(cv::DISOpticalFlow::create(cv::DISOpticalFlow::PRESET_FAST)) {}

  void set_keyframe(const cv::Mat& view, const FaceState& state) {
    face_at_rest_ = shape_face(model_, state.identity, Eigen::VectorXd(), Gaze());
    keyframe_ = unwrapped(view, state);
    bare_ = bare_skin(keyframe_.luma, layout_.skin, layout_.texels_per_cm());
  }
  bool has_keyframe() const { return !keyframe_.luma.empty(); }

  ShadingPlanes compare(const cv::Mat& view, const FaceState& state) {
    const Texture frame = aligned(unwrapped(view, state));
    const cv::Mat_<float> seen = frame.visible.mul(keyframe_.visible).mul(layout_.skin);
    const cv::Mat_<float> neighbours = blurred(seen, luma_blur_texels) + 1e-3F;
    const auto luma_of = [&](const Texture& texture) -> cv::Mat_<float> {
      cv::Mat_<float> luma;
      texture.luma.convertTo(luma, CV_32F);
      return blurred(luma.mul(seen), luma_blur_texels) / neighbours + luma_floor;
    };
    const cv::Mat_<float> before = luma_of(keyframe_);
    cv::Mat_<float> ratio;
    cv::log(luma_of(frame) / before, ratio);

    cv::Mat_<float> confidence = seen.mul(bare_).mul(distrust(edges_of(before) / edge_of_half_confidence));
    ratio -= median_where(ratio, confidence);
    const double room_light = room_light_cm * layout_.texels_per_cm();
    const cv::Mat_<float> light = coarsely_blurred(ratio.mul(confidence), room_light);
    const cv::Mat_<float> weight = coarsely_blurred(confidence, room_light) + 0.05F;
    ratio -= room_light_share * light / weight;

    const double window = difference_window_cm * layout_.texels_per_cm();
    const cv::Mat_<float> power = blurred(ratio.mul(ratio).mul(confidence), window);
    const cv::Mat_<float> mean_square = power / (blurred(confidence, window) + 0.05F);
    confidence = confidence.mul(
        distrust(mean_square / (difference_of_half_confidence * difference_of_half_confidence)));
    // Continued smoothly beyond the skin, which both ends know: smooth pictures are small.
    const cv::Mat_<float> smooth = blurred(confidence, confidence_blur_texels) / skin_nearby_;
    return {cv::min(cv::max(ratio.mul(cv::min(4 * confidence, 1.0F)), -0.5F), 0.49F), cv::min(smooth, 1.0F)};
  }

 private:
  /// 1/(1 + x²), x in multiples of what halves the confidence.
  static cv::Mat_<float> distrust(const cv::Mat_<float>& excess) {
    return 1.0F / (1.0F + excess.mul(excess));
  }

  /// Relative change per texel.
  static cv::Mat_<float> edges_of(const cv::Mat_<float>& luma) {
    cv::Mat_<float> across;
    cv::Mat_<float> down;
    cv::Sobel(luma, across, CV_32F, 1, 0, 3, 1 / 8.0);
    cv::Sobel(luma, down, CV_32F, 0, 1, 3, 1 / 8.0);
    cv::Mat_<float> size;
    cv::magnitude(across, down, size);
    return size / luma;
  }

  Texture unwrapped(const cv::Mat& view, const FaceState& state) {
    const Eigen::Matrix3Xf posed =
        project(state.pose, express(model_, face_at_rest_, state.expression, state.gaze));
    rasterize(posed, layout_.triangles, std::max(view.cols, view.rows), /*two_sided=*/false, raster_);
    const Eigen::RowVector3f viewer = state.pose.rotation.toRotationMatrix().row(2).cast<float>();
    const Eigen::RowVectorXf facing = viewer * layout_.normals;
    cv::Mat_<cv::Vec2f> places(shading_side, shading_side);
    Texture texture{{}, cv::Mat_<float>(shading_side, shading_side)};
    for (int i = 0; i < shading_side * shading_side; ++i) {
      const auto corners = layout_.corners.col(i);
      const auto weights = layout_.weights.col(i);
      const Eigen::Vector3f place = weights[0] * posed.col(corners[0]) + weights[1] * posed.col(corners[1]) +
                                    weights[2] * posed.col(corners[2]);
      places(i / shading_side, i % shading_side) = {place.x(), place.y()};
      const float faces = (facing[i] - least_facing) / (good_facing - least_facing);
      texture.visible(i / shading_side, i % shading_side) =
          is_seen(place, view.size()) ? std::clamp(faces, 0.0F, 1.0F) : 0.0F;
    }
    cv::remap(view, texture.luma, places, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    return texture;
  }

  bool is_seen(const Eigen::Vector3f& place, cv::Size view) const {
    if (!(place.x() > 0 && place.y() > 0 && place.x() < static_cast<float>(view.width - 1) &&
          place.y() < static_cast<float>(view.height - 1))) {
      return false;
    }
    const auto pixel =
        static_cast<std::size_t>(std::lround(place.y())) * static_cast<std::size_t>(raster_.size) +
        static_cast<std::size_t>(std::lround(place.x()));
    return raster_.depth[pixel] < place.z() + depth_tolerance_px;
  }

  /// The frame's texture moved onto the keyframe's by as much as a fit errs.
  Texture aligned(const Texture& frame) {
    cv::Mat_<cv::Vec2f> flow;
    flow_search_->calc(keyframe_.luma, frame.luma, flow);
    cv::GaussianBlur(flow, flow, {}, flow_blur_texels);
    for (int y = 0; y < shading_side; ++y) {
      for (int x = 0; x < shading_side; ++x) {
        cv::Vec2f& shift = flow(y, x);
        const float length = std::hypot(shift[0], shift[1]);
        if (length > farthest_shift_texels) shift *= farthest_shift_texels / length;
        shift += cv::Vec2f(static_cast<float>(x), static_cast<float>(y));
      }
    }
    Texture moved;
    cv::remap(frame.luma, moved.luma, flow, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    cv::remap(frame.visible, moved.visible, flow, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    return moved;
  }

  const FaceModel& model_;
  FaceLayout layout_;
  cv::Mat_<float> skin_nearby_;  ///< share of skin among the texels that a confidence is blurred over
  cv::Ptr<cv::DISOpticalFlow> flow_search_;
  Texture keyframe_;
  cv::Mat_<float> bare_;           ///< bare_skin() of the keyframe
  Eigen::Matrix3Xf face_at_rest_;  ///< of the keyframe's identity
  Raster raster_;
};

ShadingObserver::ShadingObserver(const FaceModel& model) : impl_(std::make_unique<Impl>(model)) {}
ShadingObserver::~ShadingObserver() = default;

void ShadingObserver::set_keyframe(const cv::Mat& view, const FaceState& state) {
  impl_->set_keyframe(view, state);
}

std::optional<SkinShading> ShadingObserver::observe(const cv::Mat& view, const FaceState& state) {
  if (!impl_->has_keyframe()) return std::nullopt;
  return encode_shading(impl_->compare(view, state));
}

}  // namespace reenact
