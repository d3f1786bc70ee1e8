#include "reenact/metrics/motion_fidelity.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "reenact/core/error.h"

namespace reenact {
namespace {

constexpr int frames = 200;

/// All features swing, each with its own period, by four times the least spread.
MotionFeatures swing(int frame) {
  MotionFeatures features;
  for (std::size_t f = 0; f < motion_feature_count; ++f) {
    const double amplitude = 4 * MotionFidelity::least_spread(static_cast<MotionFeature>(f));
    features.values[f] = 0.3 + amplitude * std::sin(2 * M_PI * frame * static_cast<double>(f + 1) / frames);
  }
  return features;
}

/// Fidelity of a result that is made of each driver frame by `follow`.
template <typename Follow>
PerFeature<FeatureFidelity> fidelity_of(const Follow& follow, int count = frames) {
  MotionFidelity fidelity;
  for (int i = 0; i < count; ++i) fidelity.add(follow(swing(i), i), swing(i));
  return fidelity.values();
}

TEST(MotionFidelity, IsOneForTheSameMotionWhateverIsNeutral) {
  const auto fidelity = fidelity_of([](MotionFeatures features, int) {
    for (double& value : features.values) value += 0.7;
    return features;
  });
  for (const FeatureFidelity& feature : fidelity.values) {
    EXPECT_NEAR(feature.correlation, 1, 1e-12);
    EXPECT_NEAR(feature.amplitude, 1, 1e-12);
  }
}

TEST(MotionFidelity, ScaledMotionKeepsItsCorrelation) {
  const auto fidelity = fidelity_of([](MotionFeatures features, int) {
    for (double& value : features.values) value *= 0.6;
    features[MotionFeature::wink] *= -1;
    return features;
  });
  for (std::size_t f = 0; f < motion_feature_count; ++f) {
    const bool turned = static_cast<MotionFeature>(f) == MotionFeature::wink;
    EXPECT_NEAR(fidelity.values[f].correlation, turned ? -1 : 1, 1e-12);
    EXPECT_NEAR(fidelity.values[f].amplitude, 0.6, 1e-12);
  }
}

TEST(MotionFidelity, NoiseLowersTheCorrelationAsMuchAsItShould) {
  constexpr int many = 20000;
  std::mt19937 random(4);
  std::normal_distribution<double> normal;
  const auto fidelity = fidelity_of(
      [&](MotionFeatures features, int) {
        // As strong as the movement, whose standard deviation is its amplitude over √2.
        for (std::size_t f = 0; f < motion_feature_count; ++f) {
          const double spread =
              4 * MotionFidelity::least_spread(static_cast<MotionFeature>(f)) / std::sqrt(2);
          features.values[f] += spread * normal(random);
        }
        return features;
      },
      many);
  for (const FeatureFidelity& feature : fidelity.values) {
    EXPECT_NEAR(feature.correlation, std::sqrt(0.5), 0.03);
    EXPECT_NEAR(feature.amplitude, std::sqrt(2), 0.03);
  }
}

TEST(MotionFidelity, OnlyWhatTheDriverMovesCounts) {
  MotionFidelity fidelity;
  for (int i = 0; i < frames; ++i) {
    MotionFeatures driver = swing(i);
    driver[MotionFeature::mouth_width] = 0.8;
    driver[MotionFeature::brow_height] = 0.5 + 0.1 * (swing(i)[MotionFeature::brow_height] - 0.3);
    fidelity.add(swing(i), driver);
  }
  const auto values = fidelity.values();
  for (const MotionFeature still : {MotionFeature::mouth_width, MotionFeature::brow_height}) {
    EXPECT_TRUE(std::isnan(values[still].correlation));
    EXPECT_TRUE(std::isnan(values[still].amplitude));
  }
  EXPECT_NEAR(values[MotionFeature::mouth_opening].correlation, 1, 1e-12);
}

TEST(MotionFidelity, AResultThatDoesNotMoveHasNoAmplitude) {
  const auto fidelity = fidelity_of([](const MotionFeatures&, int) { return swing(0); });
  for (const FeatureFidelity& feature : fidelity.values) {
    EXPECT_EQ(feature.amplitude, 0);
    EXPECT_TRUE(std::isnan(feature.correlation));
  }
}

TEST(MotionFidelity, NeedsFrames) {
  const auto same = [](const MotionFeatures& features, int) { return features; };
  EXPECT_TRUE(std::isnan(fidelity_of(same, MotionFidelity::least_frames - 1).values[0].amplitude));
  EXPECT_TRUE(std::isnan(MotionFidelity().values().values[0].correlation));
}

class FrontalFeatures : public ::testing::TestWithParam<LandmarkScheme> {
 protected:
  /// A face whose points all lie in the middle of the eyes but for those that a test moves.
  Eigen::Matrix3Xd points_ = Eigen::Matrix3Xd::Zero(3, landmark_count(GetParam()));

  bool dense() const { return GetParam() == LandmarkScheme::mesh468; }
  void move(int in_mesh, int in_dlib, const Eigen::Vector3d& by) {
    points_.col(dense() ? in_mesh : in_dlib) += by;
  }
  MotionFeatures features() const { return motion_features(GetParam(), points_, Gaze(), HeadAngles()); }
};
INSTANTIATE_TEST_SUITE_P(Schemes, FrontalFeatures,
                         testing::Values(LandmarkScheme::mesh468, LandmarkScheme::dlib68));

TEST_P(FrontalFeatures, MouthOpensByTheGapOfTheInnerLips) {
  move(87, 67, {0, -0.3, 0});
  move(14, 66, {0, -0.3, 0});
  move(317, 65, {0, -0.3, 0});
  EXPECT_NEAR(features()[MotionFeature::mouth_opening], 0.3, 1e-12);
  EXPECT_NEAR(features()[MotionFeature::mouth_width], 0, 1e-12);
}

TEST_P(FrontalFeatures, CornersMakeWidthAndShift) {
  move(61, 48, {-0.2, -1, 0});
  move(291, 54, {0.5, -1, 0});
  EXPECT_NEAR(features()[MotionFeature::mouth_width], 0.7, 1e-12);
  EXPECT_NEAR(features()[MotionFeature::mouth_shift], 0.3 / 6, 1e-12);
}

TEST_P(FrontalFeatures, AWinkIsADifferenceAndABlinkIsNot) {
  for (const auto& [mesh, dlib] : {std::pair(160, 37), std::pair(159, 38), std::pair(158, 38)}) {
    if (dense() || mesh != 158) move(mesh, dlib, {0, 0.2, 0});
  }
  EXPECT_NEAR(features()[MotionFeature::wink], -0.2, 1e-12);
  EXPECT_NEAR(features()[MotionFeature::eye_opening], 0.1, 1e-12);
  for (const auto& [mesh, dlib] : {std::pair(385, 43), std::pair(386, 44), std::pair(387, 44)}) {
    if (dense() || mesh != 387) move(mesh, dlib, {0, 0.2, 0});
  }
  EXPECT_NEAR(features()[MotionFeature::wink], 0, 1e-12);
  EXPECT_NEAR(features()[MotionFeature::eye_opening], 0.2, 1e-12);
}

TEST_P(FrontalFeatures, BrowsAreMeasuredFromTheEyes) {
  points_.row(1).array() += 5;  // the whole face
  for (int brow = 17; brow < 27 && !dense(); ++brow) points_(1, brow) += 0.4;
  for (const int brow :
       {70, 63, 105, 66, 107, 46, 53, 52, 65, 55, 300, 293, 334, 296, 336, 276, 283, 282, 295, 285}) {
    if (dense()) points_(1, brow) += 0.4;
  }
  move(336, 22, {0.2, 0, 0});
  if (dense()) points_(0, 285) += 0.2;
  move(107, 21, {-0.1, 0, 0});
  if (dense()) points_(0, 55) -= 0.1;
  EXPECT_NEAR(features()[MotionFeature::brow_height], 0.4, 1e-12);
  EXPECT_NEAR(features()[MotionFeature::brow_distance], 0.3, 1e-12);
}

TEST_P(FrontalFeatures, GazeIsTheMeanOfBothEyesInDegrees) {
  Gaze gaze;
  gaze.right = {0.2, 0.1};
  gaze.left = {0.4, 0.1};
  const MotionFeatures features = motion_features(GetParam(), points_, gaze, {10, -5, 3});
  EXPECT_NEAR(features[MotionFeature::gaze_yaw], 0.3 * 180 / M_PI, 1e-12);
  EXPECT_NEAR(features[MotionFeature::gaze_pitch], 0.1 * 180 / M_PI, 1e-12);
  EXPECT_EQ(features[MotionFeature::head_yaw], 10);
  EXPECT_EQ(features[MotionFeature::head_pitch], -5);
  EXPECT_EQ(features[MotionFeature::head_roll], 3);
}

TEST_P(FrontalFeatures, RefusesPointsOfAnotherSchemeOrNone) {
  EXPECT_THROW(motion_features(GetParam(), Eigen::Matrix3Xd::Zero(3, 5), Gaze(), HeadAngles()), InputError);
  points_(1, 3) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(features(), InputError);
}

}  // namespace
}  // namespace reenact
