#include "reenact/fit/photo_offset.h"

#include <gtest/gtest.h>

#include "fit/fit_cases.h"
#include "reenact/core/error.h"
#include "reenact/core/landmark_indices.h"
#include "reenact/core/lid_gaps.h"

namespace reenact::test {
namespace {

TEST(PhotoOffset, OfAPerfectFitIsNone) {
  const KnownFace known = typical_face();
  const Eigen::Matrix3Xf offset = photo_offset(face(), fit_of(known), known.seen(LandmarkScheme::mesh468));
  EXPECT_LT(offset.colwise().norm().maxCoeff(), 0.01F);
}

TEST(PhotoOffset, PutsTheEyesOntoTheLandmarks) {
  const KnownFace known = typical_face();
  Landmarks photo = known.seen(LandmarkScheme::mesh468);
  for (const int point : eye_mesh_points[0].upper) photo.points.col(point) += Eigen::Vector2d(0.5, -1.5);
  for (const int point : eye_mesh_points[0].lower) photo.points.col(point) += Eigen::Vector2d(0.5, -1.5);
  photo.iris.leftCols<5>().colwise() += Eigen::Vector2d(2.0, -1.0);
  const Landmarks moved = seen_with(known, photo_offset(face(), fit_of(known), photo));
  for (const int point : eye_mesh_points[0].lower) {
    EXPECT_LT((moved.points.col(point) - photo.points.col(point)).norm(), 0.5) << point;
  }
  EXPECT_LT((moved.iris.col(0) - photo.iris.col(0)).norm(), 0.3);
  EXPECT_LT((moved.iris.col(5) - photo.iris.col(5)).norm(), 0.3);
}

TEST(PhotoOffset, EndsBeyondTheFace) {
  const KnownFace known = typical_face();
  Landmarks photo = known.seen(LandmarkScheme::mesh468);
  photo.points.colwise() += Eigen::Vector2d(3, 0);
  const Eigen::Matrix3Xf offset = photo_offset(face(), fit_of(known), photo);
  const Eigen::Matrix3Xf vertices =
      project(known.pose, shape_face(face(), known.identity, known.expression, {}));
  const double unit = interocular_distance(photo);
  for (Eigen::Index v = 0; v < vertices.cols(); ++v) {
    const double distance = std::sqrt((photo.points.colwise() - vertices.col(v).head<2>().cast<double>())
                                          .colwise()
                                          .squaredNorm()
                                          .minCoeff());
    if (distance <= unit) continue;
    EXPECT_LT(offset.col(v).norm() * known.pose.scale, 0.5);
  }
}

TEST(PhotoOffset, TheOutlineMovesInwardsMoreThanOutwards) {
  const KnownFace known = typical_face();
  const Landmarks fitted = known.seen(LandmarkScheme::mesh468);
  const Eigen::Vector2d middle = fitted.points.rowwise().mean();
  // Mean distance of the oval from the middle when its landmarks are `growth` times as far.
  const auto size_of_oval = [&](double growth) {
    Landmarks photo = fitted;
    for (const int point : mesh468::oval)
      photo.points.col(point) = middle + growth * (photo.points.col(point) - middle);
    const Landmarks moved = seen_with(known, photo_offset(face(), fit_of(known), photo));
    double sum = 0;
    for (const int point : mesh468::oval) sum += (moved.points.col(point) - middle).norm();
    return sum / static_cast<double>(mesh468::oval.size());
  };
  const double outwards = size_of_oval(1.05) - size_of_oval(1.0);
  const double inwards = size_of_oval(1.0) - size_of_oval(0.95);
  EXPECT_GT(outwards, 0);
  EXPECT_LT(outwards, 0.5 * inwards);
}

TEST(PhotoOffset, NeedsDenseLandmarks) {
  const KnownFace known = typical_face();
  EXPECT_THROW(photo_offset(face(), fit_of(known), known.seen(LandmarkScheme::dlib68)), InputError);
  Landmarks broken = known.seen(LandmarkScheme::mesh468);
  broken.points(0, 7) = std::nan("");
  EXPECT_THROW(photo_offset(face(), fit_of(known), broken), InputError);
}

}  // namespace
}  // namespace reenact::test
