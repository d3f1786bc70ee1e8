#include "reenact/animate/hidden_sides.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <optional>

#include "animate/surface_continuation.h"
#include "reenact/core/landmark_indices.h"
#include "reenact/core/smoothstep.h"
#include "reenact/render/rasterizer.h"

namespace reenact {
namespace {

constexpr int smoothing_rounds = 12;   // of normals
constexpr float least_facing = 0.08F;  // cosine of the angle to the viewer
constexpr float seen_facing = 0.05F;   // from which on the photo tells what is there,
constexpr float known_facing = 0.3F;   // and from which on it tells a colour
constexpr float sample_blur = 1.5F;    // pixels
constexpr int surely_person = 240;     // alpha
constexpr int edge = 3;                // pixels beside the person's outline that show some of what is behind
constexpr double depth_tolerance_cm = 0.4;
constexpr float alike = 0.15F;   // difference of colours over their size, up to which skin is skin,
constexpr float unlike = 0.35F;  // and from which on it is something else
/// Times as large as in the photo: from where on a warp is drawn out, and where it is not worth showing.
constexpr float drawn_out_from = 1.6F;
constexpr float drawn_out_to = 3.0F;
/// The same where the mesh lies beside the person in the photo, so that a warp shows what is behind.
constexpr float beside_from = 1.05F;
constexpr float beside_to = 1.35F;
/// Times as large as in the photo, from where on skin goes behind an outline of the face.
constexpr float turned_away_from = 0.9F;
constexpr float turned_away_to = 0.5F;
constexpr double trusted_share = 1.0 / 56;  // of the crop's side: the reach of a network's mistakes there
constexpr float outline_depth_cm = 2;
constexpr float mistaken_from = 0.1F;  // difference of colours, as above
constexpr float mistaken_to = 0.25F;
constexpr float same_view = 0.9999F;   // cosine
constexpr float above_ears_cm = 1.0F;  // from where on skin fades to the scalp
constexpr float scalp_fade_cm = 2.5F;
constexpr float below_jaw_cm = 1.0F;  // down to where the neck begins
constexpr float neck_fade_cm = 1.0F;
constexpr float front_facing = 0.7F;
constexpr float like_front = 0.35F;  // difference of the sides from the front of the face, likewise
constexpr float unlike_front = 0.6F;

Eigen::Vector3f towards_viewer(const Pose& pose) {
  return pose.rotation.toRotationMatrix().row(2).transpose().cast<float>();
}

Eigen::Matrix3Xf smooth_normals(const FaceModel& model, const Eigen::Matrix3Xf& shape) {
  Eigen::Matrix3Xf normals = Eigen::Matrix3Xf::Zero(3, shape.cols());
  for (Eigen::Index t = 0; t < model.triangles.cols(); ++t) {
    const Eigen::Vector3i corners = model.triangles.col(t);
    const Eigen::Vector3f a = shape.col(corners[0]);
    const Eigen::Vector3f normal = (shape.col(corners[1]) - a).cross(shape.col(corners[2]) - a);
    for (const int corner : corners) normals.col(corner) += normal;
  }
  normals.colwise().normalize();
  for (int round = 0; round < smoothing_rounds; ++round) {
    Eigen::Matrix3Xf sums = normals;
    for (Eigen::Index t = 0; t < model.triangles.cols(); ++t) {
      const Eigen::Vector3i corners = model.triangles.col(t);
      const Eigen::Vector3f sum = normals.col(corners[0]) + normals.col(corners[1]) + normals.col(corners[2]);
      for (const int corner : corners) sums.col(corner) += sum;
    }
    normals = sums.colwise().normalized();
  }
  return normals;
}

/// What a photo shows at the vertices.
class ShownVertices {
 public:
  ShownVertices(const FaceModel& model, const Pose& pose, const Eigen::Matrix3Xf& shape,
                const cv::Mat& picture, const cv::Mat& alpha)
      : points_(project(pose, shape)), tolerance_(static_cast<float>(depth_tolerance_cm * pose.scale)) {
    rasterize(points_, model.triangles, picture.cols, false, raster_);
    cv::GaussianBlur(picture, smooth_, {0, 0}, sample_blur);
    cv::threshold(alpha, person_, surely_person - 1, 255, cv::THRESH_BINARY);
    cv::erode(person_, inside_, {}, {-1, -1}, edge);
  }

  bool on_person(Eigen::Index vertex) const { return holds(person_, place_of(vertex)); }

  /// R, G, B of a vertex that no other part of the mesh hides; nothing beside the person or at its edge.
  std::optional<Eigen::Vector3f> colour(Eigen::Index vertex) const {
    const cv::Point place = place_of(vertex);
    if (!holds(inside_, place)) return std::nullopt;
    const auto pixel = static_cast<std::size_t>(place.y) * static_cast<std::size_t>(raster_.size) +
                       static_cast<std::size_t>(place.x);
    if (raster_.depth[pixel] > points_(2, vertex) + tolerance_) return std::nullopt;
    const auto& bgr = smooth_.at<cv::Vec3b>(place);
    return Eigen::Vector3f(bgr[2], bgr[1], bgr[0]) / 255.0F;
  }

 private:
  cv::Point place_of(Eigen::Index vertex) const {
    return {cvRound(points_(0, vertex)), cvRound(points_(1, vertex))};
  }
  static bool holds(const cv::Mat& mask, const cv::Point& place) {
    return cv::Rect({0, 0}, mask.size()).contains(place) && mask.at<std::uint8_t>(place) != 0;
  }

  Eigen::Matrix3Xf points_;
  float tolerance_;
  Raster raster_;
  cv::Mat smooth_;
  cv::Mat person_;
  cv::Mat inside_;
};

/// How far a vertex is above the line of the jaw from the ear to the chin, and below the scalp.
class BetweenScalpAndNeck {
 public:
  explicit BetweenScalpAndNeck(const FaceModel& model)
      : model_(model),
        ears_(0.5F * (model.mean(1, model.landmarks68[ibug68::right_ear]) +
                      model.mean(1, model.landmarks68[ibug68::left_ear]))) {
    for (int i = ibug68::right_ear; i <= ibug68::chin; ++i) {
      const Eigen::Vector3f point = model.mean.col(model.landmarks68[i]);
      if (jaw_.empty() || point.z() > jaw_.back().z()) jaw_.push_back(point);
    }
  }

  /// 1 on the cheeks, the jaw, the ears and the neck, 0 on the scalp.
  float below_scalp(Eigen::Index vertex) const {
    return 1 - smoothstep((model_.mean(1, vertex) - ears_ - above_ears_cm) / scalp_fade_cm);
  }

  /// 1 above the line of the jaw, 0 on the neck.
  float above_neck(Eigen::Index vertex) const {
    const Eigen::Vector3f place = model_.mean.col(vertex);
    return smoothstep((place.y() - jaw_height(place.z()) + below_jaw_cm) / neck_fade_cm);
  }

 private:
  float jaw_height(float z) const {
    const auto after =
        std::find_if(jaw_.begin(), jaw_.end(), [z](const auto& point) { return point.z() > z; });
    if (after == jaw_.begin()) return after->y();
    if (after == jaw_.end()) return jaw_.back().y();
    const Eigen::Vector3f before = *(after - 1);
    return before.y() + (z - before.z()) / (after->z() - before.z()) * (after->y() - before.y());
  }

  const FaceModel& model_;
  float ears_;
  std::vector<Eigen::Vector3f> jaw_;  ///< from behind to the front
};

int reach_of_mistakes(int size) { return cvRound(trusted_share * size); }

float difference(const Eigen::Vector3f& one, const Eigen::Vector3f& other) {
  return (one - other).norm() / std::max(other.norm(), 0.05F);
}

/// Median colour of what surely faces the viewer.
Eigen::Vector3f median_colour(const std::vector<Eigen::Vector3f>& colours) {
  Eigen::Vector3f median = Eigen::Vector3f::Zero();
  std::vector<float> values(colours.size());
  for (int c = 0; c < 3 && !colours.empty(); ++c) {
    std::transform(colours.begin(), colours.end(), values.begin(),
                   [c](const auto& colour) { return colour[c]; });
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                     values.end());
    median[c] = values[values.size() / 2];
  }
  return median;
}

/// Leaves of `trust` what is near an outline, where depth falls by `least_fall` pixels or the mesh ends.
void keep_outlines(const Raster& raster, float least_fall, std::vector<float>& trust) {
  const cv::Mat depth(raster.size, raster.size, CV_32FC1, const_cast<float*>(raster.depth.data()));
  cv::Mat farthest;
  cv::erode(depth, farthest, {}, {-1, -1}, reach_of_mistakes(raster.size));
  cv::Mat(raster.size, raster.size, CV_32FC1, trust.data()).setTo(0, depth - farthest < least_fall);
}

}  // namespace

HiddenSides::HiddenSides(const FaceModel& model, const FaceState& source, const cv::Mat& picture,
                         const cv::Mat& alpha)
    : model_(model), uncovering_(static_cast<std::size_t>(model.vertex_count())) {
  const Eigen::Matrix3Xf shape = shape_face(model, source.identity, source.expression, source.gaze);
  normals_ = smooth_normals(model, shape);
  viewer_ = towards_viewer(source.pose);
  const Eigen::VectorXf facing = normals_.transpose() * viewer_;
  facing_photo_ = facing.cwiseMax(least_facing);

  const ShownVertices shown(model, source.pose, shape, picture, alpha);
  std::vector<bool> known(uncovering_.size());
  std::vector<Eigen::Vector3f> front;
  colours_ = Eigen::Matrix3Xf::Zero(3, shape.cols());
  for (Eigen::Index v = 0; v < shape.cols(); ++v) {
    if (!is_skin(model, v) || facing[v] < known_facing) continue;
    const std::optional<Eigen::Vector3f> colour = shown.colour(v);
    if (!colour) continue;
    colours_.col(v) = *colour;
    known[static_cast<std::size_t>(v)] = true;
    if (facing[v] > front_facing && model.region[static_cast<std::size_t>(v)] == Region::face) {
      front.push_back(*colour);
    }
  }
  colours_ = continue_over_skin(model, shape, known, colours_);

  std::vector<bool> seen(uncovering_.size());
  Eigen::MatrixXf bare = Eigen::MatrixXf::Zero(1, shape.cols());
  for (Eigen::Index v = 0; v < shape.cols(); ++v) {
    if (!is_skin(model, v) || facing[v] < seen_facing) continue;
    const std::optional<Eigen::Vector3f> colour = shown.colour(v);
    if (!colour) continue;
    bare(0, v) = 1 - smoothstep((difference(*colour, colours_.col(v)) - alike) / (unlike - alike));
    seen[static_cast<std::size_t>(v)] = true;
  }
  bare = continue_over_skin(model, shape, seen, bare);
  const Eigen::Vector3f skin = median_colour(front);
  const BetweenScalpAndNeck between(model);
  for (Eigen::Index v = 0; v < shape.cols(); ++v) {
    if (!is_skin(model, v)) continue;
    const float unlike_skin =
        smoothstep((difference(colours_.col(v), skin) - like_front) / (unlike_front - like_front));
    const float seen_skin = facing[v] < known_facing ? 0 : bare(0, v);
    const float tint = bare(0, v) * (1 - unlike_skin) * between.below_scalp(v);
    const float share = tint * between.above_neck(v);
    uncovering_[static_cast<std::size_t>(v)] =
        shown.on_person(v) ? Uncovering{seen_skin, tint, share, drawn_out_from, drawn_out_to}
                           : Uncovering{seen_skin, tint, share, beside_from, beside_to};
  }
}

SidePlanes HiddenSides::planes(const Raster& raster, const Pose& pose) const {
  const Eigen::Vector3f viewer = towards_viewer(pose);
  if (viewer.dot(viewer_) > same_view) return {};
  const Eigen::VectorXf ratio = (normals_.transpose() * viewer).cwiseQuotient(facing_photo_);
  Eigen::Matrix<float, 6, Eigen::Dynamic> values(6, colours_.cols());
  values.topRows<3>() = colours_;
  for (Eigen::Index v = 0; v < colours_.cols(); ++v) {
    const Uncovering& uncovering = uncovering_[static_cast<std::size_t>(v)];
    const float uncovered = smoothstep((ratio[v] - uncovering.from) / (uncovering.to - uncovering.from));
    values(3, v) = uncovering.share * uncovered;
    values(5, v) = uncovering.tint * uncovered;
    values(4, v) =
        uncovering.skin * smoothstep((turned_away_from - ratio[v]) / (turned_away_from - turned_away_to));
  }
  const std::size_t pixels = raster.triangle.size();
  SidePlanes planes{std::vector<float>(3 * pixels), std::vector<float>(pixels), std::vector<float>(pixels),
                    std::vector<float>(pixels)};
  for (std::size_t i = 0; i < pixels; ++i) {
    const std::int32_t triangle = raster.triangle[i];
    if (triangle < 0) continue;
    const Eigen::Matrix<float, 6, 1> value =
        interpolate(values, model_.triangles.col(triangle), raster.weights(i).data());
    for (std::size_t c = 0; c < 3; ++c) {
      planes.colour[c * pixels + i] = value[static_cast<Eigen::Index>(c)];
    }
    planes.share[i] = std::min(value[3], 1.0F);
    planes.trust[i] = std::min(value[4], 1.0F);
    planes.tint[i] = std::min(value[5], 1.0F);
  }
  keep_outlines(raster, outline_depth_cm * static_cast<float>(pose.scale), planes.trust);
  return planes;
}

void show_sides(const SidePlanes& sides, GeneratedFrame& frame) {
  if (sides.share.empty()) return;
  const std::size_t pixels = sides.share.size();
  const auto at = [pixels](const std::vector<float>& planes, std::size_t i) {
    return Eigen::Vector3f(planes[i], planes[pixels + i], planes[2 * pixels + i]);
  };
  cv::Mat trust = cv::Mat::zeros(frame.size, frame.size, CV_32FC1);
  for (std::size_t i = 0; i < pixels; ++i) {
    if (sides.trust[i] == 0) continue;
    const float wrong = (difference(at(frame.colour, i), at(sides.colour, i)) - mistaken_from) /
                        (mistaken_to - mistaken_from);
    trust.ptr<float>()[i] = sides.trust[i] * smoothstep(wrong);
  }
  cv::dilate(trust, trust, {}, {-1, -1}, reach_of_mistakes(frame.size));
  for (std::size_t i = 0; i < pixels; ++i) {
    const float share = sides.share[i];
    frame.weight[i] = std::max(frame.weight[i], trust.ptr<float>()[i]) * (1 - share);
    for (std::size_t c = 0; c < 3; ++c) {
      float& colour = frame.colour[c * pixels + i];
      colour += sides.tint[i] * (sides.colour[c * pixels + i] - colour);
    }
  }
}

}  // namespace reenact
