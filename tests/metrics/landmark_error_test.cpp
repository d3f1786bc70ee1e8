#include "reenact/metrics/landmark_error.h"

#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <vector>

#include "metrics/reference.h"
#include "reenact/core/error.h"

namespace reenact {
namespace {

using test::landmarks_from;
using test::reference;

using LandmarkTrack = std::vector<std::optional<Landmarks>>;

std::optional<double> jitter_ratio(const LandmarkTrack& result, const LandmarkTrack& driver) {
  JitterRatio ratio;
  for (std::size_t t = 0; t < driver.size(); ++t) ratio.add(result[t], driver[t]);
  return ratio.value();
}

/// Mean second difference around the frames `at`.
double mean_second_difference(const LandmarkTrack& track, const std::vector<std::size_t>& at) {
  double sum = 0;
  for (const std::size_t t : at) sum += second_difference(*track[t - 1], *track[t], *track[t + 1]);
  return sum / static_cast<double>(at.size());
}

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
  EXPECT_NEAR(mean_second_difference(result_, {1, 2, 3, 4, 5}), expected_.at("jitter").get<double>(), 1e-12);
  EXPECT_NEAR(jitter_ratio(result_, driver_).value(), expected_.at("jitter_ratio").get<double>(), 1e-12);
}

TEST_P(LandmarkError, IsZeroForEqualPoints) {
  EXPECT_EQ(normalized_mean_error(*driver_[0], *driver_[0]), 0);
  EXPECT_DOUBLE_EQ(jitter_ratio(driver_, driver_).value(), 1);
}

TEST_P(LandmarkError, UniformMotionIsNoJitter) {
  LandmarkTrack moving(5, driver_[0]);
  for (int t = 0; t < 5; ++t) moving[t]->points.array() += 2.5 * t;
  EXPECT_NEAR(mean_second_difference(moving, {1, 2, 3}), 0, 1e-12);
  EXPECT_FALSE(jitter_ratio(result_, LandmarkTrack(7, driver_[0])));
}

TEST_P(LandmarkError, IgnoresFramesWithoutAFaceAround) {
  LandmarkTrack broken = driver_;
  broken[3].reset();  // leaves the triple around frame 1, and the one around frame 5
  const std::vector<std::size_t> measured = {1, 5};
  const double expected =
      mean_second_difference(result_, measured) / mean_second_difference(driver_, measured);
  EXPECT_NEAR(jitter_ratio(result_, broken).value(), expected, 1e-12);
  EXPECT_NEAR(jitter_ratio(broken, result_).value(), 1 / expected, 1e-12);
  broken[1].reset();
  broken[5].reset();
  EXPECT_FALSE(jitter_ratio(result_, broken));
  EXPECT_FALSE(jitter_ratio({}, {}));
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
  EXPECT_THROW(jitter_ratio(result_, LandmarkTrack(7, not_finite)), InputError);
}

INSTANTIATE_TEST_SUITE_P(Schemes, LandmarkError, ::testing::Values(0, 1));

}  // namespace
}  // namespace reenact
