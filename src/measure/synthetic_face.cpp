#include "measure/synthetic_face.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "reenact/core/landmark_indices.h"
#include "reenact/core/pose.h"
#include "reenact/render/rasterizer.h"

namespace reenact {
namespace {

using Colour = Eigen::Vector3f;  // B, G, R in [0, 255]

const Colour skin(140, 170, 220);
const Colour hair(30, 40, 60);
const Colour background(120, 110, 90);

Colour colour_of(const FaceModel& model, int vertex) {
  switch (model.region[static_cast<std::size_t>(vertex)]) {
    case Region::face:
      return skin;
    case Region::head: {
      const Eigen::Vector3f place = model.neutral_coordinates.col(vertex);
      const bool is_scalp = place.y() > 0.75F || (place.y() > 0.45F && place.z() < 0.45F);
      return is_scalp ? hair : skin;
    }
    case Region::teeth:
      return {235, 240, 240};
    case Region::eyeball_right:
    case Region::eyeball_left:
      return {235, 235, 235};
    default:
      return {40, 30, 90};
  }
}

/// Draws on the face what the mesh has no colour for.
class Painter {
 public:
  Painter(const FaceModel& model, const Eigen::Matrix3Xf& vertices, cv::Mat& picture)
      : model_(model), vertices_(vertices), picture_(picture) {}

  cv::Point point(int landmark) const { return fixed(vertices_.col(model_.landmarks68(landmark))); }

  template <std::size_t count>
  std::vector<cv::Point> points(const std::array<int, count>& landmarks) const {
    std::vector<cv::Point> line;
    for (const int landmark : landmarks) line.push_back(point(landmark));
    return line;
  }

  template <std::size_t count>
  void fill(const std::array<int, count>& landmarks, const cv::Scalar& colour) {
    cv::fillPoly(picture_, std::vector<std::vector<cv::Point>>{points(landmarks)}, colour, cv::LINE_AA,
                 shift);
  }

  template <std::size_t count>
  void stroke(const std::array<int, count>& landmarks, const cv::Scalar& colour, int thickness) {
    cv::polylines(picture_, points(landmarks), false, colour, std::max(1, thickness), cv::LINE_AA, shift);
  }

  /// The iris of an eye, as far as its lids let it be seen.
  void iris(Region eyeball, const std::array<int, 6>& lids, double radius) {
    if (!model_.has(eyeball)) return;
    cv::Mat opening(picture_.size(), CV_8U, cv::Scalar(0));
    cv::fillPoly(opening, std::vector<std::vector<cv::Point>>{points(lids)}, cv::Scalar(255), cv::LINE_8,
                 shift);
    cv::Mat painted = picture_.clone();
    const Eigen::Vector3d centre = eyeball_centre(model_, vertices_, eyeball);
    cv::circle(painted, fixed(centre.cast<float>()), fixed(radius), cv::Scalar(60, 50, 40), cv::FILLED,
               cv::LINE_AA, shift);
    painted.copyTo(picture_, opening);
  }

 private:
  static constexpr int shift = 4;
  static int fixed(double value) { return static_cast<int>(std::lround(value * (1 << shift))); }
  static cv::Point fixed(const Eigen::Vector3f& pixel) { return {fixed(pixel.x()), fixed(pixel.y())}; }

  const FaceModel& model_;
  const Eigen::Matrix3Xf& vertices_;
  cv::Mat& picture_;
};

}  // namespace

cv::Mat draw_synthetic_face(const FaceModel& model, const FaceState& state, int size) {
  const Eigen::Matrix3Xf vertices =
      project(state.pose, shape_face(model, state.identity, state.expression, state.gaze));
  Raster raster;
  rasterize(vertices, model.triangles, size, /*two_sided=*/true, raster);
  cv::Mat picture(size, size, CV_8UC3);
  const Eigen::Vector3f light = Eigen::Vector3f(-0.3F, -0.5F, 0.8F).normalized();
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const std::size_t pixel =
          static_cast<std::size_t>(y) * static_cast<std::size_t>(size) + static_cast<std::size_t>(x);
      Colour colour = background;
      if (raster.triangle[pixel] >= 0) {
        const Eigen::Vector3i corners = model.triangles.col(raster.triangle[pixel]);
        const Eigen::Vector3f a = vertices.col(corners[0]);
        const Eigen::Vector3f normal =
            (vertices.col(corners[1]) - a).cross(vertices.col(corners[2]) - a).normalized();
        colour.setZero();
        for (int i = 0; i < 3; ++i) {
          colour += raster.barycentric[static_cast<std::size_t>(i)][pixel] * colour_of(model, corners[i]);
        }
        colour *= 0.45F + 0.55F * std::abs(normal.dot(light));
      }
      picture.at<cv::Vec3b>(y, x) = {cv::saturate_cast<uchar>(colour[0]), cv::saturate_cast<uchar>(colour[1]),
                                     cv::saturate_cast<uchar>(colour[2])};
    }
  }
  Painter painter(model, vertices, picture);
  const cv::Scalar dark(25, 30, 45);
  const cv::Scalar lip(85, 80, 175);
  const double head = state.pose.scale;
  painter.iris(Region::eyeball_right, ibug68::right_eye, 0.55 * head);
  painter.iris(Region::eyeball_left, ibug68::left_eye, 0.55 * head);
  painter.stroke(ibug68::right_lash_line, dark, cvRound(0.15 * head));
  painter.stroke(ibug68::left_lash_line, dark, cvRound(0.15 * head));
  painter.stroke(ibug68::right_brow, dark, cvRound(0.5 * head));
  painter.stroke(ibug68::left_brow, dark, cvRound(0.5 * head));
  painter.fill(ibug68::upper_lip, lip);
  painter.fill(ibug68::lower_lip, lip);
  painter.stroke(ibug68::right_nostril, dark, cvRound(0.3 * head));
  painter.stroke(ibug68::left_nostril, dark, cvRound(0.3 * head));
  cv::GaussianBlur(picture, picture, cv::Size(), 0.8);
  return picture;
}

FaceState synthetic_motion(const FaceModel& model, std::int64_t index, int size) {
  const double time = static_cast<double>(index) / 25;
  FaceState state;
  state.identity = Eigen::VectorXd::Zero(model.identity_count());
  state.expression = Eigen::VectorXd::Zero(model.expression_count());
  const auto set = [&](const std::string& name, double weight) {
    if (const auto expression = model.find_expression(name)) state.expression(*expression) = weight;
  };
  set("jawOpen", 0.25 * (1 - std::cos(5 * time)));
  for (const std::string side : {"_L", "_R"}) {
    set("mouthSmile" + side, 0.3 * (1 - std::cos(1.3 * time)) / 2);
    set("eyeBlink" + side, std::pow(std::sin(1.1 * time), 20));
  }
  state.pose.rotation =
      Eigen::Quaterniond(Eigen::AngleAxisd(0.25 * std::sin(0.9 * time), Eigen::Vector3d::UnitY()) *
                         Eigen::AngleAxisd(0.1 * std::sin(1.7 * time), Eigen::Vector3d::UnitX()));
  state.pose.scale = size / 34.0;
  state.pose.translation = Eigen::Vector2d(size / 2.0 + 0.01 * size * std::sin(0.7 * time), size / 2.0);
  return state;
}

}  // namespace reenact
