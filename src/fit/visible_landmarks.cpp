#include "reenact/fit/visible_landmarks.h"

#include <limits>
#include <vector>

#include "fit/contour_lines.h"
#include "reenact/core/landmark_indices.h"

namespace reenact {

struct VisibleLandmarks::Impl {
  std::vector<ContourLine> contour;
  Eigen::VectorXi vertices;  ///< of all 68 landmarks
};

VisibleLandmarks::VisibleLandmarks(const FaceModel& model)
    : impl_(std::make_unique<const Impl>(Impl{contour_lines(model), model.landmarks68})) {}
VisibleLandmarks::~VisibleLandmarks() = default;
VisibleLandmarks::VisibleLandmarks(VisibleLandmarks&&) noexcept = default;
VisibleLandmarks& VisibleLandmarks::operator=(VisibleLandmarks&&) noexcept = default;

Eigen::Matrix2Xd VisibleLandmarks::find(const Eigen::Matrix3Xf& vertices, const Pose& pose) const {
  Eigen::Matrix2Xd landmarks(2, impl_->vertices.size());
  for (Eigen::Index i = 0; i < landmarks.cols(); ++i) {
    landmarks.col(i) = vertices.col(impl_->vertices[i]).head<2>().cast<double>();
  }
  const Eigen::Vector2d up = pose.rotation.toRotationMatrix().col(1).head<2>().normalized();
  for (Eigen::Index i = 0; i < ibug68::contour_count; ++i) {
    const ContourLine& line = impl_->contour[static_cast<std::size_t>(i)];
    const Eigen::Vector2d in_camera =
        line.outward.x() * Eigen::Vector2d(up.y(), -up.x()) + line.outward.y() * up;
    const Eigen::Vector2d outward(in_camera.x(), -in_camera.y());  // the image's y points down
    double farthest = -std::numeric_limits<double>::infinity();
    for (const SurfacePoint& point : line.points) {
      const Eigen::Vector2d place =
          interpolate(vertices, point.vertices, point.weights.data()).head<2>().cast<double>();
      if (place.dot(outward) <= farthest) continue;
      farthest = place.dot(outward);
      landmarks.col(i) = place;
    }
  }
  return landmarks;
}

}  // namespace reenact
