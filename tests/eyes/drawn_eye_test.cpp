#include <gtest/gtest.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "eyes/painted_eye.h"
#include "reenact/eyes/eye_drawing.h"
#include "reenact/eyes/eye_pose.h"

namespace reenact::test {
namespace {

constexpr int width = 60;

const PaintedEye& painted() {
  static const PaintedEye eye = paint_eye(width);
  return eye;
}

const PhotoEye& prepared() {
  static const PreparedEye eye = prepare_eye(painted().canvas, painted().seen);
  return eye.eye.value();
}

cv::Mat drawn(const EyePose& pose) {
  cv::Mat picture = painted().canvas.clone();
  EyeLayer layer;
  draw_eye(prepared(), pose, painted().canvas, FlowField(), layer);
  paste_eye(layer, cv::Rect({}, picture.size()), picture);
  return picture;
}

/// The pose of the photo with the eye turned by `yaw_rad`.
EyePose turned(double yaw_rad) {
  EyePose pose = pose_in_photo(prepared());
  pose.photo_from_frame = gaze_rotation({yaw_rad, 0}).cast<float>().transpose();
  pose.gaze_change_rad = static_cast<float>(std::abs(yaw_rad));
  return pose;
}

EyePose opened(float opening) {
  EyePose pose = pose_in_photo(prepared());
  pose.opening = opening;
  for (std::size_t i = 0; i < lid_samples; ++i) {
    pose.lids.upper[i] = pose.lids.lower[i] + opening * (pose.lids.upper[i] - pose.lids.lower[i]);
  }
  return pose;
}

/// Centre of the pixels nearer to the colour of the iris than to any other.
cv::Point2d iris_centre(const cv::Mat& picture) {
  cv::Point2d sum(0, 0);
  int count = 0;
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      if (cv::norm(cv::Vec3d(picture.at<cv::Vec3b>(y, x)) - cv::Vec3d(painted().iris)) > 70) continue;
      sum += cv::Point2d(x, y);
      ++count;
    }
  }
  return sum / std::max(count, 1);
}

int count_like(const cv::Mat& picture, const cv::Vec3b& colour, double distance) {
  int count = 0;
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      if (cv::norm(cv::Vec3d(picture.at<cv::Vec3b>(y, x)) - cv::Vec3d(colour)) < distance) ++count;
    }
  }
  return count;
}

TEST(PreparedEye, FindsTheIris) {
  const PaintedEye pale = paint_eye(width, {180, 185, 190});
  EyeInPhoto guess = pale.seen;
  guess.iris += Eigen::Vector2f(2, -1.5F);
  guess.iris_radius *= 1.1F;
  const PreparedEye eye = prepare_eye(pale.canvas, guess);
  ASSERT_TRUE(eye.eye) << eye.refusal;
  EXPECT_LT((eye.eye->ball.iris - pale.seen.iris).norm(), 0.03F * width);
  EXPECT_NEAR(eye.eye->ball.iris_radius, 0.22F * width, 0.03F * width);
}

TEST(DrawnEye, UnmovedIsThePhoto) {
  const cv::Mat picture = drawn(pose_in_photo(prepared()));
  EXPECT_LE(cv::norm(picture, painted().canvas, cv::NORM_INF), 2);
}

TEST(DrawnEye, TheIrisGoesWhereTheEyeLooks) {
  const double shift = 0.6 * width * std::sin(0.25);
  const cv::Point2d ahead = iris_centre(drawn(turned(0)));
  EXPECT_NEAR(iris_centre(drawn(turned(0.25))).x - ahead.x, shift, 0.15 * shift);
  EXPECT_NEAR(iris_centre(drawn(turned(-0.25))).x - ahead.x, -shift, 0.15 * shift);
}

TEST(DrawnEye, TheIrisLeavesWhiteBehind) {
  const cv::Mat picture = drawn(turned(0.3));
  const cv::Vec3b behind =
      picture.at<cv::Vec3b>(3 * width / 2, 3 * width / 2 - static_cast<int>(0.18 * width));
  EXPECT_LT(cv::norm(cv::Vec3d(behind) - cv::Vec3d(painted().white)), 25);
}

TEST(DrawnEye, ShutLidsShowNeitherIrisNorWhite) {
  const cv::Mat picture = drawn(opened(0));
  const double open = count_like(painted().canvas, painted().white, 40);
  EXPECT_LT(count_like(picture, painted().white, 40), 0.01 * open);
  const int lashes = 3 * width / 2 + static_cast<int>(0.08 * width);
  EXPECT_EQ(count_like(picture.rowRange(0, lashes), painted().iris, 40), 0);
}

TEST(DrawnEye, HalfShutLidsShowHalf) {
  const double open = count_like(painted().canvas, painted().white, 40);
  const double half = count_like(drawn(opened(0.5F)), painted().white, 40);
  EXPECT_GT(half, 0.25 * open);
  EXPECT_LT(half, 0.75 * open);
}

/// Brightness of the lightest pixel of the row between the lids, in the middle half of the eye.
double lightest_between_lids(float opening) {
  const EyePose pose = opened(opening);
  const cv::Mat picture = drawn(pose);
  double lightest = 0;
  for (int i = lid_samples / 4; i < 3 * lid_samples / 4; ++i) {
    const auto s = static_cast<std::size_t>(i);
    const float height = 0.4F * pose.lids.upper[s] + 0.6F * pose.lids.lower[s];
    const Eigen::Vector2f place = pose.lids.frame.image(lid_position(i), height);
    const auto& pixel = picture.at<cv::Vec3b>(cvRound(place.y()), cvRound(place.x()));
    lightest = std::max(lightest, cv::sum(cv::Vec3d(pixel))[0] / 3);
  }
  return lightest;
}

TEST(DrawnEye, LashesShadeASlit) {
  EXPECT_LT(lightest_between_lids(0.15F), 0.75 * lightest_between_lids(1.0F));
  EXPECT_GT(lightest_between_lids(0.6F), 0.85 * lightest_between_lids(1.0F));
}

/// Brightness over that of the skin, from above the line of shut lids to below it, at `a` along the eye.
std::vector<double> across_shut_lids(float a) {
  const EyePose pose = opened(0);
  const cv::Mat picture = drawn(pose);
  const double skin = cv::sum(cv::Vec3d(painted().skin))[0];
  std::vector<double> light;
  for (int step = -width / 4; step <= width / 4; ++step) {
    const Eigen::Vector2f place = pose.lids.frame.image(a, at(pose.lids.lower, a) - static_cast<float>(step));
    light.push_back(cv::sum(cv::Vec3d(picture.at<cv::Vec3b>(cvRound(place.y()), cvRound(place.x()))))[0] /
                    skin);
  }
  return light;
}

TEST(DrawnEye, LashesOfShutLidsAreBroadDarkAndEven) {
  for (const float a : {0.2F, 0.35F, 0.5F, 0.65F, 0.8F}) {
    const std::vector<double> light = across_shut_lids(a);
    const double darkest = *std::min_element(light.begin(), light.end());
    EXPECT_LT(darkest, 0.55) << a;
    EXPECT_GT(darkest, 0.15) << a;
    const auto dark = std::count_if(light.begin(), light.end(),
                                    [&](double level) { return level < 1 - 0.5 * (1 - darkest); });
    EXPECT_GT(dark, 0.10 * width) << a;
    EXPECT_LT(dark, 0.25 * width) << a;
    EXPECT_LT(*std::max_element(light.begin(), light.end()), 1.1) << "white shows beside them, " << a;
  }
}

/// Mean colour of the middle of a shut lid, over that of the skin, where a fold above the open eye is `shade`
/// times as light.
cv::Scalar shut_lid_over_skin(double shade) {
  PaintedEye shaded = paint_eye(width);
  const cv::Vec3b fold(cv::Vec3d(shaded.skin) * shade);
  for (int y = 0; y < 3 * width / 2; ++y) {
    for (int x = 0; x < shaded.canvas.cols; ++x) {
      const double a = static_cast<double>(x - width) / width;
      const double above = (1.5 * width - y) / width - painted_lid(a);
      if (a < 0 || a > 1 || above < 0 || above > 0.2) continue;
      shaded.canvas.at<cv::Vec3b>(y, x) = fold;
    }
  }
  const PreparedEye eye = prepare_eye(shaded.canvas, shaded.seen);
  EXPECT_TRUE(eye.eye) << eye.refusal;
  EyePose pose = pose_in_photo(*eye.eye);
  pose.opening = 0;
  pose.lids.upper = pose.lids.lower;
  cv::Mat picture = shaded.canvas.clone();
  EyeLayer layer;
  draw_eye(*eye.eye, pose, shaded.canvas, FlowField(), layer);
  paste_eye(layer, cv::Rect({}, picture.size()), picture);
  const cv::Rect lid(3 * width / 2 - width / 6, 3 * width / 2 - width / 8, width / 3, width / 6);
  const cv::Scalar mean = cv::mean(picture(lid));
  return {mean[0] / shaded.skin[0], mean[1] / shaded.skin[1], mean[2] / shaded.skin[2]};
}

TEST(DrawnEye, AShutLidComesOutOfTheShadowOfItsFold) {
  const cv::Scalar deep = shut_lid_over_skin(0.3);
  const cv::Scalar usual = shut_lid_over_skin(0.7);
  for (int c = 0; c < 3; ++c) {
    EXPECT_GT(deep[c], 0.7);
    EXPECT_GT(usual[c], 0.88);
    EXPECT_LT(usual[c], 1.05);
  }
  EXPECT_GT(deep[2], 0.85 * deep[0]) << "the lid has lost the tint of the skin";
}

TEST(DrawnEye, WithoutStrengthIsLeftAlone) {
  EyePose pose = opened(0);
  pose.strength = 0;
  EXPECT_EQ(cv::norm(drawn(pose), painted().canvas, cv::NORM_INF), 0);
}

TEST(DrawnEye, StaysInItsRegion) {
  cv::Mat picture = painted().canvas.clone();
  EyeLayer layer;
  draw_eye(prepared(), opened(0), painted().canvas, FlowField(), layer);
  paste_eye(layer, cv::Rect(0, 0, 3 * width / 2, picture.rows), picture);
  const cv::Rect rest(3 * width / 2, 0, picture.cols - 3 * width / 2, picture.rows);
  EXPECT_EQ(cv::norm(picture(rest), painted().canvas(rest), cv::NORM_INF), 0);
  EXPECT_GT(cv::norm(picture, painted().canvas, cv::NORM_INF), 20);
}

TEST(DrawnEye, ReachesBeyondThePictureWithoutHarm) {
  const cv::Rect part(0, 0, 3 * width / 2, 3 * width / 2);
  const PreparedEye eye = prepare_eye(painted().canvas(part), painted().seen);
  ASSERT_TRUE(eye.eye) << eye.refusal;
  cv::Mat picture = painted().canvas(part).clone();
  EyeLayer layer;
  draw_eye(*eye.eye, pose_in_photo(*eye.eye), picture, FlowField(), layer);
  paste_eye(layer, part, picture);
}

/// A shut eye: skin alone, and a dark line where the lids meet.
PaintedEye shut_eye(const cv::Vec3b& skin) {
  PaintedEye eye = paint_eye(width);
  eye.skin = skin;
  eye.canvas.setTo(cv::Scalar(skin));
  cv::line(eye.canvas, cv::Point(width, 3 * width / 2), cv::Point(2 * width, 3 * width / 2),
           cv::Scalar(0.4 * cv::Scalar(skin)), 2, cv::LINE_AA);
  for (std::size_t i = 0; i < EyeContour::points; ++i) {
    eye.seen.contour.upper[i].y() = eye.seen.contour.lower[i].y() = 1.5F * width;
  }
  return eye;
}

cv::Mat opened_default(const PaintedEye& shut, float opening) {
  const PreparedEye eye = default_eye(shut.canvas, shut.seen);
  EXPECT_TRUE(eye.eye) << eye.refusal;
  const EyePoints::Eye points{shut.seen.contour, shut.seen.iris};
  FaceState still;
  const EyePose pose = pose_eye(*eye.eye, points, points, still, still, opening);
  cv::Mat picture = shut.canvas.clone();
  EyeLayer layer;
  draw_eye(*eye.eye, pose, shut.canvas, FlowField(), layer);
  paste_eye(layer, cv::Rect({}, picture.size()), picture);
  return picture;
}

TEST(DefaultEye, OpensWithAnIrisBesideWhite) {
  const PaintedEye shut = shut_eye({120, 150, 200});
  const cv::Mat picture = opened_default(shut, 1);
  const int row = 3 * width / 2 - static_cast<int>(0.13 * width);
  const cv::Vec3b iris = picture.at<cv::Vec3b>(row, 3 * width / 2);
  const cv::Vec3b white = picture.at<cv::Vec3b>(row, 3 * width / 2 + static_cast<int>(0.30 * width));
  EXPECT_LT(iris[1], 70);
  EXPECT_GT(white[1], 90);
  EXPECT_LT(white[2] - white[0], 60) << "white is less tinted than skin";
}

TEST(DefaultEye, ShutIsThePhoto) {
  const PaintedEye shut = shut_eye({120, 150, 200});
  EXPECT_EQ(cv::norm(opened_default(shut, 0), shut.canvas, cv::NORM_INF), 0);
}

TEST(DefaultEye, IsGreyOnAGreyPhoto) {
  const cv::Mat picture = opened_default(shut_eye({150, 150, 150}), 1);
  std::vector<cv::Mat> planes;
  cv::split(picture, planes);
  EXPECT_LE(cv::norm(planes[0], planes[2], cv::NORM_INF), 1);
}

TEST(DefaultEye, TooSmallIsRefused) {
  const PaintedEye tiny = paint_eye(10);
  EXPECT_EQ(default_eye(tiny.canvas, tiny.seen).refusal, "shut");
}

TEST(RefusedEye, SaysWhy) {
  const PaintedEye tiny = paint_eye(9);
  EXPECT_EQ(prepare_eye(tiny.canvas, tiny.seen).refusal, "too small");

  EyeInPhoto shut = painted().seen;
  shut.contour.upper = shut.contour.lower;
  EXPECT_EQ(prepare_eye(painted().canvas, shut).refusal, "shut");

  EyeInPhoto outside = painted().seen;
  outside.iris.x() += width;
  EXPECT_EQ(prepare_eye(painted().canvas, outside).refusal, "iris outside the lids");

  const cv::Mat plain(painted().canvas.size(), CV_8UC3, cv::Scalar(120, 150, 200));
  EXPECT_EQ(prepare_eye(plain, painted().seen).refusal, "no edge of an iris");
}

TEST(RefusedEye, RolledUpShowsNoIris) {
  const PaintedEye rolled = paint_eye(width, {225, 228, 230});
  PaintedEye veined = rolled;
  cv::circle(veined.canvas, cv::Point(3 * width / 2, 3 * width / 2), static_cast<int>(0.22 * width),
             {205, 208, 210}, -1, cv::LINE_AA);
  EXPECT_EQ(prepare_eye(veined.canvas, veined.seen).refusal, "no iris");
  EXPECT_EQ(prepare_eye(rolled.canvas, rolled.seen).eye.has_value(), false);
  const PaintedEye pale = paint_eye(width, {170, 150, 130});
  EXPECT_TRUE(prepare_eye(pale.canvas, pale.seen).eye.has_value()) << "a light blue iris is one";
}

/// A flow that reads half a canvas pixel per pixel of the frame above row `fixed_row`, and nothing moved
/// below.
GeneratedFrame raised_above(int size, float fixed_row) {
  GeneratedFrame frame;
  frame.size = size;
  const auto pixels = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  frame.flow.assign(2 * pixels, 0.0F);
  for (int y = 0; y < size; ++y) {
    const float below = std::max(fixed_row - static_cast<float>(y), 0.0F);
    for (int x = 0; x < size; ++x) {
      frame.flow[pixels + static_cast<std::size_t>(y * size + x)] =
          0.5F * below / (0.5F * static_cast<float>(size));
    }
  }
  return frame;
}

TEST(DrawnEye, SkinThatARaisedBrowStretchesLosesItsStreaks) {
  PaintedEye eye = paint_eye(width);
  for (int y = 0; y < 3 * width / 2 - width / 4; ++y) {
    for (int x = 0; x < eye.canvas.cols; ++x) {
      if ((x / 2) % 2 == 0) eye.canvas.at<cv::Vec3b>(y, x) = {90, 120, 170};
    }
  }
  const PreparedEye ready = prepare_eye(eye.canvas, eye.seen);
  ASSERT_TRUE(ready.eye.has_value());
  const int size = eye.canvas.cols;
  const GeneratedFrame frame = raised_above(size, 1.5F * width - 0.3F * width);
  const CropSquare crop{0, 0, static_cast<double>(size)};
  EyeLayer layer;
  draw_eye(*ready.eye, pose_in_photo(*ready.eye), eye.canvas, FlowField(frame, crop), layer);
  const int row = 3 * width / 2 - static_cast<int>(0.55 * width);
  float most = 0;
  for (int x = 3 * width / 2 - 6; x < 3 * width / 2 + 6; ++x) {
    EXPECT_GT(layer.mask.at<float>(row - layer.box.y, x - layer.box.x), 0.5F);
    const auto level = [&](int column) {
      return layer.colour.at<cv::Vec3f>(row - layer.box.y, column - layer.box.x)[1];
    };
    most = std::max(most, std::abs(level(x + 2) - level(x)));
  }
  EXPECT_LT(most, 15) << "stripes of 30 levels in the photo";
  draw_eye(*ready.eye, pose_in_photo(*ready.eye), eye.canvas, FlowField(), layer);
  EXPECT_EQ(layer.mask.at<float>(row - layer.box.y, 3 * width / 2 - layer.box.x), 0)
      << "unstretched skin is left alone";
}

TEST(DrawnEye, SkinComesInSightBetweenLashesAndARaisedBrow) {
  PaintedEye eye = paint_eye(width);
  const int row = 3 * width / 2 - static_cast<int>(0.55 * width);
  eye.canvas.rowRange(row, row + width / 4).setTo(cv::Scalar(20, 20, 20));  // all of what is stretched there
  const PreparedEye ready = prepare_eye(eye.canvas, eye.seen);
  ASSERT_TRUE(ready.eye.has_value());
  const int size = eye.canvas.cols;
  const GeneratedFrame frame = raised_above(size, 1.5F * width - 0.3F * width);
  EyeLayer layer;
  draw_eye(*ready.eye, pose_in_photo(*ready.eye), eye.canvas,
           FlowField(frame, {0, 0, static_cast<double>(size)}), layer);
  const auto& drawn = layer.colour.at<cv::Vec3f>(row - layer.box.y, 3 * width / 2 - layer.box.x);
  for (int c = 0; c < 3; ++c) EXPECT_NEAR(drawn[c], 0.9F * static_cast<float>(eye.skin[c]), 12) << c;
}

TEST(FlowField, IsReadBetweenTheNetworksPixels) {
  GeneratedFrame frame;
  frame.size = 4;
  frame.flow.assign(32, 0.0F);
  for (int i = 0; i < 16; ++i) frame.flow[static_cast<std::size_t>(i)] = 0.1F * static_cast<float>(i % 4);
  const FlowField flow(frame, {-0.5, -0.5, 8.0});
  frame.flow.back() = 1e30F;
  EXPECT_LT(flow.source_of({7.5F, 7.5F}).norm(), 1e6F);
  // The middle of the canvas lies between the network's pixels 1 and 2: a flow of 0.15 of half the side.
  const Eigen::Vector2f source = flow.source_of({3.5F, 3.5F});
  EXPECT_NEAR(source.x(), 3.5F + 4 * 0.15F, 1e-5F);
  EXPECT_NEAR(source.y(), 3.5F, 1e-5F);
}

}  // namespace
}  // namespace reenact::test
