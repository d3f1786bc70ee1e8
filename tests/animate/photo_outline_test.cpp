#include "animate/photo_outline.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "reenact/core/landmark_indices.h"

namespace reenact::test {
namespace {

const cv::Scalar skin_colour(120, 150, 210);
const cv::Scalar hair_colour(20, 30, 40);
constexpr double eye_distance = 120;
const cv::Point middle(256, 256);
const cv::Size mesh_axes(130, 170);

/// An oval face of skin, whose outline is that of the mesh grown by `margin` pixels.
OutlinedPhoto drawn_face(int margin) {
  OutlinedPhoto photo;
  photo.picture = cv::Mat(512, 512, CV_8UC3, cv::Scalar(90, 90, 90));
  photo.alpha = cv::Mat::zeros(512, 512, CV_8UC1);
  photo.mesh = cv::Mat::zeros(512, 512, CV_8UC1);
  const cv::Size axes(mesh_axes.width + margin, mesh_axes.height + margin);
  cv::ellipse(photo.picture, middle, axes, 0, 0, 360, skin_colour, cv::FILLED);
  cv::ellipse(photo.alpha, middle, axes, 0, 0, 360, cv::Scalar(255), cv::FILLED);
  cv::ellipse(photo.mesh, middle, mesh_axes, 0, 0, 360, cv::Scalar(255), cv::FILLED);
  photo.landmarks.scheme = LandmarkScheme::mesh468;
  photo.landmarks.points = Eigen::Matrix2Xd::Constant(2, landmark_count(LandmarkScheme::mesh468), 256.0);
  photo.landmarks.points.col(mesh468::right_eye_outer) = Eigen::Vector2d(256 - eye_distance / 2, 220);
  photo.landmarks.points.col(mesh468::left_eye_outer) = Eigen::Vector2d(256 + eye_distance / 2, 220);
  return photo;
}

/// Shifts along the outward normal of an ellipse, with the heights of their places.
std::vector<std::pair<double, double>> outward_shifts(const OutlineShifts& outline) {
  std::vector<std::pair<double, double>> shifts;
  for (Eigen::Index i = 0; i < outline.places.cols(); ++i) {
    const Eigen::Vector2d off = outline.places.col(i) - Eigen::Vector2d(middle.x, middle.y);
    const Eigen::Vector2d normal = Eigen::Vector2d(off.x() / mesh_axes.width / mesh_axes.width,
                                                   off.y() / mesh_axes.height / mesh_axes.height)
                                       .normalized();
    shifts.emplace_back(outline.places(1, i), outline.shifts.col(i).dot(normal));
  }
  return shifts;
}

TEST(ShiftsToMatte, LeadToTheOutlineOfTheSkin) {
  for (const int margin : {-6, 0, 6}) {
    const auto shifts = outward_shifts(shifts_to_matte(drawn_face(margin)));
    ASSERT_GT(shifts.size(), 100U);
    for (const auto& [y, shift] : shifts)
      EXPECT_NEAR(shift, margin, 1.0) << "margin " << margin << " y " << y;
  }
}

TEST(ShiftsToMatte, HairPullsAtNothing) {
  OutlinedPhoto photo = drawn_face(6);
  cv::Mat upper_half = photo.picture.rowRange(0, 256);
  upper_half.setTo(hair_colour, photo.alpha.rowRange(0, 256));
  photo.picture.at<cv::Vec3b>(256, 256) = cv::Vec3b(120, 150, 210);
  for (const auto& [y, shift] : outward_shifts(shifts_to_matte(photo))) {
    if (y < 240) {
      EXPECT_NEAR(shift, 0, 0.1) << y;
    }
    if (y > 290) {
      EXPECT_NEAR(shift, 6, 1.0) << y;
    }
  }
}

TEST(ShiftsToMatte, AnOutlineThatIsFarAwayPullsAtNothing) {
  for (const auto& [y, shift] : outward_shifts(shifts_to_matte(drawn_face(20)))) EXPECT_EQ(shift, 0) << y;
}

}  // namespace
}  // namespace reenact::test
