#include "reenact/metrics/landmark_error.h"

#include <gtest/gtest.h>

#include <limits>

#include "metrics/reference.h"
#include "reenact/core/error.h"

namespace reenact {
namespace {

using test::landmarks_from;
using test::reference;

class LandmarkError : public ::testing::TestWithParam<std::size_t> {
 protected:
  static LandmarkTrack track_from(const nlohmann::json& frames) {
    LandmarkTrack track;
    for (const nlohmann::json& points : frames) track.emplace_back(landmarks_from(points));
    return track;
  }

  const nlohmann::json expected_ = reference("landmarks").at(GetParam());
  const LandmarkTrack result_ = track_from(expected_.at("result"));
  const LandmarkTrack driver_ = track_from(expected_.at("driver"));
};

TEST_P(LandmarkError, EqualsNumPy) {
  EXPECT_NEAR(normalized_mean_error(*result_[3], *driver_[3]), expected_.at("nme").get<double>(), 1e-12);
  EXPECT_NEAR(landmark_jitter(result_).value(), expected_.at("jitter").get<double>(), 1e-12);
  EXPECT_NEAR(jitter_ratio(result_, driver_).value(), expected_.at("jitter_ratio").get<double>(), 1e-12);
}

TEST_P(LandmarkError, IsZeroForEqualPoints) {
  EXPECT_EQ(normalized_mean_error(*driver_[0], *driver_[0]), 0);
  EXPECT_DOUBLE_EQ(jitter_ratio(driver_, driver_).value(), 1);
}

TEST_P(LandmarkError, UniformMotionIsNoJitter) {
  LandmarkTrack moving(5, driver_[0]);
  for (int t = 0; t < 5; ++t) moving[t]->points.array() += 2.5 * t;
  EXPECT_NEAR(landmark_jitter(moving).value(), 0, 1e-12);
  EXPECT_FALSE(jitter_ratio(result_, LandmarkTrack(7, driver_[0])));
}

TEST_P(LandmarkError, IgnoresFramesWithoutAFaceAround) {
  LandmarkTrack broken = driver_;
  broken[3].reset();  // leaves the triple around frame 1, and the one around frame 5
  const double expected = (second_difference(*driver_[0], *driver_[1], *driver_[2]) +
                           second_difference(*driver_[4], *driver_[5], *driver_[6])) /
                          2;
  EXPECT_NEAR(landmark_jitter(broken).value(), expected, 1e-12);
  EXPECT_NEAR(jitter_ratio(broken, driver_).value(), 1, 1e-12);
  broken[1].reset();
  broken[5].reset();
  EXPECT_FALSE(landmark_jitter(broken));
  EXPECT_FALSE(jitter_ratio(broken, driver_));
  EXPECT_FALSE(landmark_jitter({}));
}

TEST_P(LandmarkError, RefusesWhatItCannotCompare) {
  const Landmarks good = *driver_[0];
  Landmarks other_scheme = good;
  other_scheme.scheme =
      good.scheme == LandmarkScheme::dlib68 ? LandmarkScheme::mesh468 : LandmarkScheme::dlib68;
  Landmarks not_finite = good;
  not_finite.points(0, 5) = std::numeric_limits<double>::quiet_NaN();
  Landmarks one_place = good;
  one_place.points.setConstant(3);
  EXPECT_THROW(normalized_mean_error(good, other_scheme), InputError);
  EXPECT_THROW(normalized_mean_error(not_finite, good), InputError);
  EXPECT_THROW(normalized_mean_error(good, one_place), InputError);
  EXPECT_THROW(jitter_ratio(result_, LandmarkTrack(6, good)), InputError);
}

INSTANTIATE_TEST_SUITE_P(Schemes, LandmarkError, ::testing::Values(0, 1));

}  // namespace
}  // namespace reenact
