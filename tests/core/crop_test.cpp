#include "reenact/core/crop.h"

#include <gtest/gtest.h>

namespace reenact {
namespace {

const CropSquare crop{-12.5, 30.25, 180.0};
constexpr double size = 224.0;

TEST(CropSquare, GoesThereAndBack) {
  for (const Eigen::Vector2d& point :
       {Eigen::Vector2d(0, 0), Eigen::Vector2d(17.3, -4), Eigen::Vector2d(500, 223)}) {
    EXPECT_LT((crop.image_from_crop(crop.crop_from_image(point, size), size) - point).norm(), 1e-10);
    EXPECT_LT((crop.crop_from_image(crop.image_from_crop(point, size), size) - point).norm(), 1e-10);
  }
}

TEST(CropSquare, EdgesOfTheSquareAreHalfAPixelOutsideTheOuterCentres) {
  EXPECT_TRUE(crop.image_from_crop({-0.5, -0.5}, size).isApprox(Eigen::Vector2d(-12.5, 30.25)));
  EXPECT_TRUE(crop.image_from_crop({size - 0.5, size - 0.5}, size).isApprox(Eigen::Vector2d(167.5, 210.25)));
}

TEST(CropSquare, WholeImageAtItsOwnSizeIsTheIdentity) {
  const CropSquare whole{-0.5, -0.5, 64.0};
  EXPECT_TRUE(whole.crop_from_image({10, 20}, 64.0).isApprox(Eigen::Vector2d(10, 20), 1e-12));
}

TEST(PoseInCrop, ProjectsWhereTheCropShowsTheImagePoint) {
  Pose pose;
  pose.rotation = rotation_from_angles({20, -10, 5});
  pose.scale = 7.5;
  pose.translation = {110, 95};
  const Pose in_crop = pose_in_crop(pose, crop, size);
  const Eigen::Matrix3Xf points = Eigen::Matrix3Xf::Random(3, 20) * 8.0F;
  const Eigen::Matrix3Xf in_image = project(pose, points);
  const Eigen::Matrix3Xf seen = project(in_crop, points);
  for (Eigen::Index i = 0; i < points.cols(); ++i) {
    const Eigen::Vector2d expected = crop.crop_from_image(in_image.col(i).head<2>().cast<double>(), size);
    EXPECT_LT((seen.col(i).head<2>().cast<double>() - expected).norm(), 1e-3);
    EXPECT_NEAR(seen(2, i), in_image(2, i) * size / crop.side, 1e-3);
  }
}

}  // namespace
}  // namespace reenact
