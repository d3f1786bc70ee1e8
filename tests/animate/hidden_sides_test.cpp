#include "reenact/animate/hidden_sides.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "reenact/core/landmark_indices.h"
#include "support/synthetic_face.h"

namespace reenact::test {
namespace {

constexpr int size = 128;
const cv::Scalar skin_bgr(90, 120, 200);
const cv::Scalar hair_bgr(20, 25, 30);

/// A head that a photo shows from the front, turned by 45° to show its right side.
class HiddenSidesTest : public testing::Test {
 protected:
  HiddenSidesTest() {
    state_.identity = Eigen::VectorXd::Zero(model_.identity_count());
    state_.expression = Eigen::VectorXd::Zero(model_.expression_count());
    state_.pose = posed(0);
  }

  static Pose posed(double yaw_deg) { return {rotation_from_angles({yaw_deg, 0, 0}), 3.0, {64, 64}}; }

  SidePlanes planes_of(const cv::Mat& picture, const cv::Mat& alpha, double yaw_deg) {
    const HiddenSides sides(model_, state_, picture, alpha);
    rasterize(project(posed(yaw_deg), model_.mean), model_.triangles, size, false, raster_);
    return sides.planes(raster_, posed(yaw_deg));
  }

  /// The largest share at vertices for which `chosen` holds, of the side that a turn uncovers.
  template <typename Chosen>
  float largest_share(const SidePlanes& planes, double yaw_deg, Chosen&& chosen) const {
    return largest(planes.share, yaw_deg, chosen);
  }

  template <typename Chosen>
  float largest(const std::vector<float>& plane, double yaw_deg, Chosen&& chosen) const {
    if (plane.empty()) return 0;
    const Eigen::Matrix3Xf points = project(posed(yaw_deg), model_.mean);
    float largest = 0;
    for (Eigen::Index v = 0; v < points.cols(); ++v) {
      const long x = std::lround(points(0, v));
      const long y = std::lround(points(1, v));
      if (x < 0 || y < 0 || x >= size || y >= size || !chosen(v)) continue;
      const auto pixel = static_cast<std::size_t>(y * size + x);
      if (raster_.triangle[pixel] < 0 || raster_.depth[pixel] > points(2, v) + 1) continue;
      largest = std::max(largest, plane[pixel]);
    }
    return largest;
  }

  bool is_cheek(Eigen::Index v) const { return above_ears(v) < 2 && above_ears(v) > -4; }
  /// In cm.
  float above_ears(Eigen::Index v) const {
    return model_.mean(1, v) - model_.mean(1, model_.landmarks68[ibug68::right_ear]);
  }

  FaceModel model_ = make_synthetic_face();
  FaceState state_;
  cv::Mat skin_ = cv::Mat(size, size, CV_8UC3, skin_bgr);
  cv::Mat all_ = cv::Mat(size, size, CV_8UC1, cv::Scalar(255));
  Raster raster_;
};

TEST_F(HiddenSidesTest, AreNothingInThePoseOfThePhoto) {
  EXPECT_TRUE(planes_of(skin_, all_, 0).share.empty());
}

TEST_F(HiddenSidesTest, AreOfTheColourOfTheSkinWhereATurnUncoversThem) {
  const SidePlanes planes = planes_of(skin_, all_, 45);
  ASSERT_EQ(planes.share.size(), static_cast<std::size_t>(size * size));
  EXPECT_GT(largest_share(planes, 45, [&](Eigen::Index v) { return is_cheek(v); }), 0.8F);
  for (std::size_t i = 0; i < planes.share.size(); ++i) {
    ASSERT_GE(planes.share[i], 0.0F);
    ASSERT_LE(planes.share[i], 1.0F);
    if (planes.share[i] < 0.1F) continue;
    for (std::size_t c = 0; c < 3; ++c) {
      EXPECT_NEAR(planes.colour[c * planes.share.size() + i], skin_bgr[2 - static_cast<int>(c)] / 255, 0.02);
    }
  }
}

TEST_F(HiddenSidesTest, GrowWithTheTurnAndLeaveTheFrontAlone) {
  const auto sum = [&](double yaw_deg) {
    const SidePlanes planes = planes_of(skin_, all_, yaw_deg);
    float all = 0;
    for (const float share : planes.share) all += share;
    return all;
  };
  EXPECT_GT(sum(25), sum(10));
  EXPECT_GT(sum(45), sum(25));
  const Eigen::Index nose = model_.landmarks68[ibug68::nose_base];
  EXPECT_LT(largest_share(planes_of(skin_, all_, 30), 30, [&](Eigen::Index v) { return v == nose; }), 0.05F);
}

TEST_F(HiddenSidesTest, TrustThePhotoWhereSkinTurnsAway) {
  const SidePlanes planes = planes_of(skin_, all_, 30);
  const auto sum = [&](int first, int last) {
    float all = 0;
    for (int y = 0; y < size; ++y) {
      for (int x = first; x < last; ++x) all += planes.trust[static_cast<std::size_t>(y * size + x)];
    }
    return all;
  };
  int left = size;
  int right = 0;
  for (int i = 0; i < size * size; ++i) {
    if (raster_.triangle[static_cast<std::size_t>(i)] < 0) continue;
    left = std::min(left, i % size);
    right = std::max(right, i % size);
  }
  const int quarter = (right - left) / 4;
  const float one_side = sum(left, left + quarter);
  const float other_side = sum(right - quarter, right + 1);
  EXPECT_GT(std::max(one_side, other_side), 50);
  EXPECT_LT(std::min(one_side, other_side), 0.1F * std::max(one_side, other_side));
}

TEST_F(HiddenSidesTest, LeaveTheScalpAndTheNeckAlone) {
  const SidePlanes planes = planes_of(skin_, all_, 45);
  EXPECT_LT(largest_share(planes, 45, [&](Eigen::Index v) { return above_ears(v) > 5; }), 0.05F);
  EXPECT_LT(largest_share(planes, 45, [&](Eigen::Index v) { return model_.head_weight[v] < 0.5F; }), 0.2F);
}

TEST_F(HiddenSidesTest, TintWhatIsPaintedOfTheNeckAndNotOfTheScalp) {
  const SidePlanes planes = planes_of(skin_, all_, 45);
  const auto tint = [&](auto&& chosen) { return largest(planes.tint, 45, chosen); };
  EXPECT_GT(tint([&](Eigen::Index v) { return model_.head_weight[v] < 0.5F && above_ears(v) < 0; }), 0.8F);
  EXPECT_LT(tint([&](Eigen::Index v) { return above_ears(v) > 5; }), 0.05F);
}

TEST_F(HiddenSidesTest, LeaveHairAlone) {
  cv::Mat framed = skin_.clone();
  const double cheeks = 0.75 * model_.mean.row(0).maxCoeff() * state_.pose.scale;
  framed.colRange(0, static_cast<int>(64 - cheeks)).setTo(hair_bgr);
  framed.colRange(static_cast<int>(64 + cheeks), size).setTo(hair_bgr);
  const auto on_cheek = [&](Eigen::Index v) {
    return is_cheek(v) && std::abs(model_.mean(0, v)) > 0.9 * model_.mean.row(0).maxCoeff();
  };
  const float on_skin = largest_share(planes_of(skin_, all_, 45), 45, on_cheek);
  EXPECT_LT(largest_share(planes_of(framed, all_, 45), 45, on_cheek), 0.5F * on_skin);
}

TEST_F(HiddenSidesTest, CoverWhatThePhotoShowsBesideThePerson) {
  cv::Mat narrow = cv::Mat::zeros(size, size, CV_8UC1);
  const double half = 0.8 * model_.mean.row(0).maxCoeff() * state_.pose.scale;
  narrow.colRange(static_cast<int>(64 - half), static_cast<int>(64 + half)).setTo(255);
  const auto cheek = [&](Eigen::Index v) { return is_cheek(v); };
  const float before = largest_share(planes_of(skin_, all_, 6), 6, cheek);
  EXPECT_GT(largest_share(planes_of(skin_, narrow, 6), 6, cheek), before + 0.2F);
}

/// A frame of 2×2 pixels of one colour.
GeneratedFrame frame_of(float colour) {
  GeneratedFrame frame;
  frame.size = 2;
  frame.weight = {1, 1, 0.5F, 1};
  frame.colour.assign(12, colour);
  return frame;
}

TEST(ShowSides, PutsColourInThePlaceOfThePhoto) {
  GeneratedFrame frame = frame_of(0.2F);
  const std::vector<float> share = {0, 0.5F, 0.5F, 1};
  show_sides({std::vector<float>(12, 0.6F), share, std::vector<float>(4, 0.0F), share}, frame);
  EXPECT_EQ(frame.weight, (std::vector<float>{1, 0.5F, 0.25F, 0}));
  EXPECT_FLOAT_EQ(frame.colour[0], 0.2F);
  EXPECT_FLOAT_EQ(frame.colour[1], 0.4F);
  EXPECT_FLOAT_EQ(frame.colour[11], 0.6F);
  show_sides({}, frame);
  EXPECT_FLOAT_EQ(frame.colour[11], 0.6F);
}

TEST(ShowSides, TintsWhatAGeneratorPaintsAndNotThePhoto) {
  GeneratedFrame frame = frame_of(0.2F);
  const std::vector<float> nothing(4, 0.0F);
  show_sides({std::vector<float>(12, 0.6F), nothing, nothing, {0, 0.5F, 1, 1}}, frame);
  EXPECT_EQ(frame.weight, frame_of(0.2F).weight);
  EXPECT_FLOAT_EQ(frame.colour[0], 0.2F);
  EXPECT_FLOAT_EQ(frame.colour[1], 0.4F);
  EXPECT_FLOAT_EQ(frame.colour[2], 0.6F);
}

TEST(ShowSides, TrustsThePhotoWhereTheGeneratorsColourIsAnother) {
  const std::vector<float> nothing(4, 0.0F);
  const SidePlanes sides{std::vector<float>(12, 0.6F), nothing, {0, 0, 0.8F, 0}, nothing};
  GeneratedFrame alike = frame_of(0.58F);
  show_sides(sides, alike);
  EXPECT_FLOAT_EQ(alike.weight[2], 0.5F);
  GeneratedFrame unlike = frame_of(0.3F);
  show_sides(sides, unlike);
  EXPECT_FLOAT_EQ(unlike.weight[2], 0.8F);
  EXPECT_FLOAT_EQ(unlike.colour[2], 0.3F);
}

}  // namespace
}  // namespace reenact::test
