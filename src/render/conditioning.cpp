#include "reenact/render/conditioning.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <string>

#include "reenact/core/error.h"
#include "reenact/core/landmark_indices.h"
#include "render/distance_map.h"
#include "render/flow_extension.h"
#include "render/head_motion.h"
#include "render/plane_values.h"

namespace reenact {
namespace {

// Chosen on pairs of frames of talking heads: the warp alone gains 0.4 dB over the image against an extension
// that pulls to the head 8 cm far and never to zero.
constexpr double head_pull_length_cm =
    2.0;  ///< over which the flow bends from the silhouette to the motion of the head
constexpr double head_pull_reach_cm = 4.0;   ///< distance from the silhouette at which that pull ends
constexpr double chin_fade_cm = 5.0;         ///< height above the chin at which it is full
constexpr double rest_pull_length_cm = 3.0;  ///< over which the flow bends to zero
constexpr double rest_pull_start_cm = 3.0;   ///< distance from the silhouette at which that pull sets in
constexpr double rest_pull_fade_cm = 4.0;    ///< further distance at which it is full
/// Where the photo shows the head or its hair the flow does not bend to zero, or hair would stay behind when
/// the head leaves: distances from the source's silhouette.
constexpr double hair_reach_cm = 4.0;
constexpr double hair_fade_cm = 4.0;
constexpr float farthest_cm = 1e3F;          ///< to which infinite distances are cut
constexpr float least_visibility = 0.5F;     ///< of surface points whose flow is their own
constexpr double depth_tolerance_cm = 0.12;  ///< by which a visible point may lie behind the z-buffer
constexpr float steepest_slope = 4.0F;       ///< depth per pixel to which receivers are extrapolated
constexpr float largest_flow = 2.0F;         ///< grid units: the whole crop
constexpr double largest_coefficient = 1e3;
constexpr double largest_pose = 1e6;  ///< pixels, pixels per centimetre

/// Every coefficient is finite and at most `limit` in size.
template <typename Coefficients>
bool within(const Coefficients& coefficients, double limit) {
  return (coefficients.array().abs() <= limit).all();
}

void require_usable(const FaceState& state, const char* whose) {
  const Pose& pose = state.pose;
  const bool usable =
      within(state.identity, largest_coefficient) && within(state.expression, largest_coefficient) &&
      within(state.gaze.right, largest_coefficient) && within(state.gaze.left, largest_coefficient) &&
      std::abs(pose.rotation.norm() - 1.0) < 1e-3 && within(pose.translation, largest_pose) &&
      pose.scale > 0 && pose.scale <= largest_pose;
  if (!usable) {
    throw InputError(std::string("the face state of the ") + whose +
                     " holds a number that is not finite or far out of range; fit the face again");
  }
}

}  // namespace

class ConditioningRenderer::Impl {
 public:
  Impl(const FaceModel& model, const FaceState& source, int size, double torso_share);

  const ConditioningMaps& source_maps() const { return source_maps_; }
  const ConditioningMaps& render(const FaceState& driver, const Eigen::Matrix3Xf& shape);
  Eigen::Matrix3Xf shape(const FaceState& driver) const {
    return express(model_, neutral_shape_, driver.expression, driver.gaze);
  }
  const Eigen::Matrix3Xf& posed_vertices() const { return points_; }
  const Raster& raster() const { return raster_; }

 private:
  /// Per vertex, interpolated over the pixels.
  enum Attribute {
    displacement = 0,
    source_depth = 2,
    head_weight = 3,
    neutral = 4,
    normal = 7,
    attributes = 10
  };
  using Attributes = Eigen::Matrix<float, attributes, Eigen::Dynamic>;

  /// A triangle as the source photo shows it.
  struct SourceTriangle {
    bool faces_viewer = false;
    Eigen::Vector2f depth_slope = Eigen::Vector2f::Zero();  ///< per pixel
  };

  void place_points(const Pose& driver, const Eigen::Matrix3Xf& shape);
  void describe_source_triangles();
  void mark_background();
  void set_normals();
  void draw_mesh();
  float visibility(const Eigen::Vector2f& place, float depth, const SourceTriangle& triangle) const;
  void extend_flow(const Pose& driver);
  float border_fade(int x, int y) const {
    return fade_[static_cast<std::size_t>(x)] * fade_[static_cast<std::size_t>(y)];
  }

  const FaceModel& model_;
  int size_;
  Pose source_pose_;
  double torso_share_;
  Eigen::Matrix3Xf neutral_shape_;  ///< mean + identity·α
  Eigen::Vector3d head_centre_;     ///< between the ears
  double chin_height_;              ///< model y
  Eigen::Matrix3Xf source_points_;
  Raster source_raster_;
  std::vector<SourceTriangle> source_triangles_;
  std::vector<float> fade_;
  std::vector<float> background_;  ///< 0 where the photo shows the head or its hair, 1 far from it

  Eigen::Matrix3Xf points_;  ///< posed: pixels
  Attributes attributes_;
  Raster raster_;
  DistanceMap distance_;
  FlowExtension extension_;
  ConditioningMaps source_maps_;
  ConditioningMaps maps_;
};

ConditioningRenderer::Impl::Impl(const FaceModel& model, const FaceState& source, int size,
                                 double torso_share)
    : model_(model),
      size_(size),
      source_pose_(source.pose),
      torso_share_(torso_share),
      distance_(size),
      extension_(size) {
  neutral_shape_ = shape_face(model_, source.identity, Eigen::VectorXd(), Gaze());
  const auto landmark = [&](int i) -> Eigen::Vector3d {
    return neutral_shape_.col(model_.landmarks68[i]).cast<double>();
  };
  head_centre_ = 0.5 * (landmark(ibug68::right_ear) + landmark(ibug68::left_ear));
  chin_height_ = landmark(ibug68::chin).y();

  fade_.resize(static_cast<std::size_t>(size_));
  for (int i = 0; i < size_; ++i) {
    const float to_border = static_cast<float>(std::min(i, size_ - 1 - i));
    fade_[static_cast<std::size_t>(i)] = smoothstep(16.0F * to_border / static_cast<float>(size_));
  }

  const std::size_t pixels = static_cast<std::size_t>(size_) * static_cast<std::size_t>(size_);
  maps_.size = size_;
  maps_.planes.resize(conditioning::channels * pixels);
  attributes_.resize(attributes, model_.vertex_count());
  attributes_.row(head_weight) = model_.head_weight.transpose();
  attributes_.middleRows<3>(neutral) = model_.neutral_coordinates;

  const Eigen::Matrix3Xf source_shape = shape(source);
  place_points(source.pose, source_shape);
  source_points_ = points_;
  attributes_.row(source_depth) = source_points_.row(2);
  rasterize(source_points_, model_.triangles, size_, false, source_raster_);
  describe_source_triangles();
  background_.assign(pixels, 1.0F);
  render(source, source_shape);
  mark_background();
  source_maps_ = render(source, source_shape);
}

/// From the distances to the head that the source's own maps have just used.
void ConditioningRenderer::Impl::mark_background() {
  const auto cm_per_pixel = static_cast<float>(1.0 / source_pose_.scale);
  for (int y = 0; y < size_; ++y) {
    for (int x = 0; x < size_; ++x) {
      const float distance_cm = std::min(distance_.at(x, y) * cm_per_pixel, farthest_cm);
      background_[pixel_index(x, y, size_)] =
          smoothstep((distance_cm - static_cast<float>(hair_reach_cm)) / static_cast<float>(hair_fade_cm));
    }
  }
}

const ConditioningMaps& ConditioningRenderer::Impl::render(const FaceState& driver,
                                                           const Eigen::Matrix3Xf& shape) {
  place_points(driver.pose, shape);
  attributes_.middleRows<2>(displacement) = source_points_.topRows<2>() - points_.topRows<2>();
  set_normals();
  draw_mesh();
  extend_flow(driver.pose);
  return maps_;
}

/// Posed points: the head with the driver, the base of the neck with the torso, a blend between.
void ConditioningRenderer::Impl::place_points(const Pose& driver, const Eigen::Matrix3Xf& shape) {
  points_ = project(driver, shape);
  Pose torso_pose = source_pose_;
  torso_pose.translation += torso_shift(chin_height_, source_pose_, driver, torso_share_);
  const Eigen::Matrix3Xf torso = project(torso_pose, shape);
  for (Eigen::Index i = 0; i < points_.cols(); ++i) {
    const float weight = model_.head_weight[i];
    if (weight != 1.0F) points_.col(i) = weight * points_.col(i) + (1.0F - weight) * torso.col(i);
  }
}

void ConditioningRenderer::Impl::describe_source_triangles() {
  source_triangles_.resize(static_cast<std::size_t>(model_.triangles.cols()));
  for (Eigen::Index t = 0; t < model_.triangles.cols(); ++t) {
    const Eigen::Vector3f a = source_points_.col(model_.triangles(0, t));
    const Eigen::Vector3f ab = source_points_.col(model_.triangles(1, t)) - a;
    const Eigen::Vector3f ac = source_points_.col(model_.triangles(2, t)) - a;
    const Eigen::Vector3f plane = ab.cross(ac);
    SourceTriangle& triangle = source_triangles_[static_cast<std::size_t>(t)];
    triangle.faces_viewer = plane.z() < 0.0F;  // counter-clockwise where y points down
    if (!triangle.faces_viewer) continue;
    triangle.depth_slope = (-plane.head<2>() / plane.z()).cwiseMax(-steepest_slope).cwiseMin(steepest_slope);
  }
}

/// Vertex normals, weighted by area, in view space (y up).
void ConditioningRenderer::Impl::set_normals() {
  auto normals = attributes_.middleRows<3>(normal);
  normals.setZero();
  for (Eigen::Index t = 0; t < model_.triangles.cols(); ++t) {
    const Eigen::Vector3i corners = model_.triangles.col(t);
    const Eigen::Vector3f a = points_.col(corners[0]);
    const Eigen::Vector3f cross = (points_.col(corners[1]) - a).cross(points_.col(corners[2]) - a);
    const Eigen::Vector3f outward(-cross.x(), cross.y(), -cross.z());  // from y down to y up
    for (int i = 0; i < 3; ++i) normals.col(corners[i]) += outward;
  }
  for (Eigen::Index i = 0; i < normals.cols(); ++i) {
    const float length = normals.col(i).norm();
    if (length > 0.0F) normals.col(i) /= length;
  }
}

/// How much of the 2×2 source pixels around `place` has nothing before the plane of `triangle`
/// (percentage-closer filtering: Reeves et al., SIGGRAPH 1987).
float ConditioningRenderer::Impl::visibility(const Eigen::Vector2f& place, float depth,
                                             const SourceTriangle& triangle) const {
  const float last = static_cast<float>(size_ - 1);
  const bool inside =
      place.x() >= -0.5F && place.y() >= -0.5F && place.x() <= last + 0.5F && place.y() <= last + 0.5F;
  if (!triangle.faces_viewer || !inside) return 0.0F;
  const auto per_tolerance = static_cast<float>(1.0 / (depth_tolerance_cm * source_pose_.scale));
  const auto left = static_cast<int>(clamped(place.x(), 0.0F, last));
  const auto top = static_cast<int>(clamped(place.y(), 0.0F, last));
  const float to_left = static_cast<float>(left) - place.x();
  const float to_top = static_cast<float>(top) - place.y();
  const float expected = depth + triangle.depth_slope.x() * to_left + triangle.depth_slope.y() * to_top;
  const int right = std::min(left + 1, size_ - 1);
  const int bottom = std::min(top + 1, size_ - 1);
  const auto seen = [&](int x, int y) {
    const float there = expected + triangle.depth_slope.x() * static_cast<float>(x - left) +
                        triangle.depth_slope.y() * static_cast<float>(y - top);
    const float behind = source_raster_.depth[pixel_index(x, y, size_)] - there;
    return clamped(2.0F - behind * per_tolerance, 0.0F, 1.0F);
  };
  const float across = clamped(-to_left, 0.0F, 1.0F);
  const float down = clamped(-to_top, 0.0F, 1.0F);
  const float above = (1.0F - across) * seen(left, top) + across * seen(right, top);
  const float below = (1.0F - across) * seen(left, bottom) + across * seen(right, bottom);
  return (1.0F - down) * above + down * below;
}

/// All planes but the flow, which is left to extend_flow where the surface does not give it.
void ConditioningRenderer::Impl::draw_mesh() {
  rasterize(points_, model_.triangles, size_, false, raster_);
  std::fill(maps_.planes.begin(), maps_.planes.end(), 0.0F);
  distance_.clear();
  const std::size_t pixels = raster_.triangle.size();
  float* planes = maps_.planes.data();
  std::vector<std::uint8_t>& known = extension_.known();
  for (int y = 0; y < size_; ++y) {
    for (int x = 0; x < size_; ++x) {
      const auto pixel = pixel_index(x, y, size_);
      const std::int32_t t = raster_.triangle[pixel];
      known[pixel] = 0;
      if (t < 0) continue;
      const auto corners = model_.triangles.col(t);
      const Eigen::Matrix<float, attributes, 1> at =
          interpolate(attributes_, corners, raster_.weights(pixel).data());
      if (at[head_weight] > 0.5F) distance_.at(x, y) = 0.0F;
      const Eigen::Vector2f offset = at.segment<2>(displacement);
      const Eigen::Vector2f place = Eigen::Vector2f(static_cast<float>(x), static_cast<float>(y)) + offset;
      const float limit = 0.5F * largest_flow * static_cast<float>(size_);
      for (int axis = 0; axis < 2; ++axis) {
        extension_.flow(axis)[pixel] = std::clamp(offset[axis], -limit, limit) * border_fade(x, y);
      }
      const float visible =
          visibility(place, at[source_depth], source_triangles_[static_cast<std::size_t>(t)]);
      known[pixel] = visible >= least_visibility ? 1 : 0;
      planes[conditioning::coverage * pixels + pixel] = 1.0F;
      planes[conditioning::visibility * pixels + pixel] = visible;
      const Eigen::Vector3f unit_normal = at.segment<3>(normal).normalized();
      for (int i = 0; i < 3; ++i) {
        planes[static_cast<std::size_t>(conditioning::neutral + i) * pixels + pixel] = at[neutral + i];
        planes[static_cast<std::size_t>(conditioning::normal + i) * pixels + pixel] = unit_normal[i];
      }
    }
  }
}

void ConditioningRenderer::Impl::extend_flow(const Pose& driver) {
  distance_.spread();
  const RigidMotion plane = plane_motion(head_centre_, source_pose_, driver);
  const RigidMotion hair = hair_motion(plane, head_centre_, source_pose_, driver);
  const auto strength = [&](double length_cm) {
    const double length = std::max(length_cm * driver.scale, 1.0);
    return static_cast<float>(1.0 / (length * length));
  };
  const float head_strength = strength(head_pull_length_cm);
  const float rest_strength = strength(rest_pull_length_cm);
  const auto cm_per_pixel = static_cast<float>(1.0 / driver.scale);
  const float limit = 0.25F * largest_flow * static_cast<float>(size_);
  const Eigen::Matrix2f linear = hair.flow_linear.cast<float>();
  const Eigen::Vector2f offset = hair.flow_offset.cast<float>();
  const Eigen::RowVector2f height_linear = (hair.height_linear / chin_fade_cm).cast<float>();
  const auto height_offset = static_cast<float>((hair.height_offset - chin_height_) / chin_fade_cm);
  for (int y = 0; y < size_; ++y) {
    const Eigen::Vector2f row_flow = linear.col(1) * static_cast<float>(y) + offset;
    const float row_height = height_linear[1] * static_cast<float>(y) + height_offset;
    const std::size_t first = pixel_index(0, y, size_);
    const float* distance = &distance_.at(0, y);
    const float* background = &background_[first];
    float* __restrict pull_out = &extension_.pull()[first];
    float* __restrict target_x = &extension_.target(0)[first];
    float* __restrict target_y = &extension_.target(1)[first];
    for (int x = 0; x < size_; ++x) {
      const auto column = static_cast<float>(x);
      const float distance_cm = std::min(distance[x] * cm_per_pixel, farthest_cm);
      const float near_head = std::max(1.0F - distance_cm / static_cast<float>(head_pull_reach_cm), 0.0F);
      const float above_chin = smoothstep(height_linear[0] * column + row_height);
      const float to_head = head_strength * near_head * near_head * above_chin;
      const float to_rest = rest_strength * background[x] *
                            smoothstep((distance_cm - static_cast<float>(rest_pull_start_cm)) /
                                       static_cast<float>(rest_pull_fade_cm));
      const float pull = to_head + to_rest;
      const float head_share = pull > 0.0F ? to_head / pull : 0.0F;
      pull_out[x] = pull;
      target_x[x] = head_share * clamped(linear(0, 0) * column + row_flow.x(), -limit, limit);
      target_y[x] = head_share * clamped(linear(1, 0) * column + row_flow.y(), -limit, limit);
    }
  }
  extension_.solve();
  const float grid_per_pixel = 2.0F / static_cast<float>(size_);
  for (int axis = 0; axis < 2; ++axis) {
    const std::vector<float>& flow = extension_.flow(axis);
    std::transform(flow.begin(), flow.end(), maps_.plane(conditioning::flow_x + axis),
                   [&](float pixels) { return pixels * grid_per_pixel; });
  }
}

ConditioningRenderer::ConditioningRenderer(const FaceModel& model, const FaceState& source, int size,
                                           double torso_share) {
  if (size < 16 || size > 4096) {
    throw UsageError("conditioning maps need a size from 16 to 4096, not " + std::to_string(size));
  }
  require_usable(source, "source");
  impl_ = std::make_unique<Impl>(model, source, size, torso_share);
}

ConditioningRenderer::~ConditioningRenderer() = default;
ConditioningRenderer::ConditioningRenderer(ConditioningRenderer&&) noexcept = default;
ConditioningRenderer& ConditioningRenderer::operator=(ConditioningRenderer&&) noexcept = default;

const ConditioningMaps& ConditioningRenderer::source_maps() const { return impl_->source_maps(); }

const ConditioningMaps& ConditioningRenderer::render(const FaceState& driver) {
  return render(driver, shape(driver));
}

const ConditioningMaps& ConditioningRenderer::render(const FaceState& driver, const Eigen::Matrix3Xf& shape) {
  require_usable(driver, "driver");
  return impl_->render(driver, shape);
}

Eigen::Matrix3Xf ConditioningRenderer::shape(const FaceState& driver) const {
  require_usable(driver, "driver");
  return impl_->shape(driver);
}

const Eigen::Matrix3Xf& ConditioningRenderer::posed_vertices() const { return impl_->posed_vertices(); }

const Raster& ConditioningRenderer::raster() const { return impl_->raster(); }

}  // namespace reenact
