#include "reenact/eyes/eye_windows.h"

#include <gtest/gtest.h>

#include <Eigen/Geometry>
#include <numeric>
#include <opencv2/imgproc.hpp>

#include "support/synthetic_face.h"

namespace reenact::test {
namespace {

constexpr int canvas_side = 360;

FaceModel model() { return make_synthetic_face(); }

FaceState head(const FaceModel& model, const HeadAngles& angles = {}) {
  FaceState state;
  state.identity = Eigen::VectorXd::Zero(model.identity.cols());
  state.expression = Eigen::VectorXd::Zero(model.expression.cols());
  state.pose.rotation = rotation_from_angles(angles);
  state.pose.scale = 14;
  state.pose.translation.setConstant(canvas_side / 2);
  return state;
}

/// Smooth and different everywhere.
cv::Mat waves() {
  cv::Mat canvas(canvas_side, canvas_side, CV_8UC3);
  for (int y = 0; y < canvas.rows; ++y) {
    for (int x = 0; x < canvas.cols; ++x) {
      canvas.at<cv::Vec3b>(y, x) =
          cv::Vec3b(cv::saturate_cast<std::uint8_t>(128 + 100 * std::sin(x / 11.0)),
                    cv::saturate_cast<std::uint8_t>(128 + 100 * std::sin(y / 13.0)),
                    cv::saturate_cast<std::uint8_t>(128 + 100 * std::sin((x + y) / 17.0)));
    }
  }
  return canvas;
}

/// What `state` shows in its windows, whole.
PaintedWindows painted_as(const EyeWindows& windows, float alpha) {
  PaintedWindows painted{windows.warped, {eye_window::count, 1, eye_window::height, eye_window::width}};
  std::fill(painted.alpha.values.begin(), painted.alpha.values.end(), alpha);
  return painted;
}

TEST(EyeWindows, AnUnmovedFaceShowsThePhotoItself) {
  const FaceModel face = model();
  EyeWindowRenderer renderer(face, head(face, {10, 5, 20}), waves());
  const EyeWindows windows = renderer.render(head(face, {10, 5, 20}));
  const int row = (eye_window::side - eye_window::height) / 2;
  const int column = (eye_window::side - eye_window::width) / 2;
  for (int eye = 0; eye < eye_window::count; ++eye) {
    for (int y = 0; y < eye_window::height; ++y) {
      for (int x = 0; x < eye_window::width; ++x) {
        const float source = renderer.source().plane(eye, 1)[(row + y) * eye_window::side + column + x];
        ASSERT_NEAR(windows.warped.plane(eye, 1)[y * eye_window::width + x], source, 0.02F);
      }
    }
  }
}

TEST(EyeWindows, WhatAWindowShowsComesBackToItsPlace) {
  const FaceModel face = model();
  const cv::Mat canvas = waves();
  EyeWindowRenderer renderer(face, head(face, {0, 0, -25}), canvas);
  const EyeWindows windows = renderer.render(head(face, {0, 0, -25}));
  cv::Mat picture(canvas.size(), CV_8UC3, cv::Scalar::all(0));
  paste_eye_windows(painted_as(windows, 1), windows.places, {{0, 0}, canvas.size()}, picture);
  for (const eye_window::Place& place : windows.places) {
    const Eigen::Vector2f middle(eye_window::width / 2, eye_window::height / 2);
    const Eigen::Vector2f there = place.leftCols<2>().inverse() * (middle - place.col(2));
    const cv::Point at(static_cast<int>(std::lround(there.x())), static_cast<int>(std::lround(there.y())));
    for (int channel = 0; channel < 3; ++channel) {
      EXPECT_NEAR(picture.at<cv::Vec3b>(at)[channel], canvas.at<cv::Vec3b>(at)[channel], 6);
    }
  }
}

TEST(EyeWindows, TheLeftEyeIsTheMirroredRightOneOfASymmetricFace) {
  const FaceModel face = model();
  const cv::Mat canvas = waves();
  EyeWindowRenderer renderer(face, head(face), canvas);
  const WindowPlanes& maps = renderer.source_maps();
  double difference = 0;
  for (int channel = 0; channel < window_maps::channels; ++channel) {
    for (std::size_t i = 0; i < maps.plane_size(); ++i) {
      difference += std::abs(maps.plane(0, channel)[i] - maps.plane(1, channel)[i]);
    }
  }
  EXPECT_LT(difference / static_cast<double>(window_maps::channels * maps.plane_size()), 0.02);
}

TEST(EyeWindows, TheEyeballIsMarkedInTheMiddle) {
  const FaceModel face = model();
  EyeWindowRenderer renderer(face, head(face), waves());
  const EyeWindows windows = renderer.render(head(face));
  for (int eye = 0; eye < eye_window::count; ++eye) {
    const float* within = windows.maps.plane(eye, window_maps::within);
    const float marked = std::accumulate(within, within + windows.maps.plane_size(), 0.0F);
    EXPECT_GT(marked, 0.02F * eye_window::height * eye_window::width);
    EXPECT_LT(marked, 0.5F * eye_window::height * eye_window::width);
    const float* part = windows.maps.plane(eye, window_maps::part);
    for (std::size_t i = 0; i < windows.maps.plane_size(); ++i) EXPECT_LE(within[i] + part[i], 1);
  }
}

TEST(EyeWindows, NothingIsPaintedWithoutAlphaOrOutsideTheRegion) {
  const FaceModel face = model();
  const cv::Mat canvas = waves();
  EyeWindowRenderer renderer(face, head(face), canvas);
  const EyeWindows windows = renderer.render(head(face));
  cv::Mat picture(canvas.size(), CV_8UC3, cv::Scalar(1, 2, 3));
  const cv::Mat before = picture.clone();
  paste_eye_windows(painted_as(windows, 0), windows.places, {{0, 0}, canvas.size()}, picture);
  paste_eye_windows(painted_as(windows, 1), windows.places, {}, picture);
  EXPECT_EQ(cv::norm(picture, before, cv::NORM_INF), 0);
}

TEST(EyeWindows, AreShownWhereLidsMoveFar) {
  EXPECT_EQ(moved_share(1), 0);
  EXPECT_EQ(moved_share(0), 1);
  EXPECT_EQ(moved_share(2), 1);
  EXPECT_GT(moved_share(0.6F), moved_share(0.65F));
}

TEST(EyeWindows, AreShownWhereTheirResolutionIsTheCanvass) {
  EXPECT_EQ(shown_share(0.2F * eye_window::px_per_cm), 0);
  EXPECT_EQ(shown_share(eye_window::px_per_cm), 1);
  EXPECT_EQ(shown_share(3 * eye_window::px_per_cm), 0);
}

}  // namespace
}  // namespace reenact::test
