#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "reenact/study/scores.h"

namespace reenact {
namespace {

ItemScores item(const std::string& name, const std::string& person, double psnr) {
  ItemScores scores;
  scores.name = name;
  scores.person = person;
  scores.mean[Measure::psnr] = psnr;
  return scores;
}

const Summary& psnr_of(const Evaluation& evaluation) {
  return evaluation.summary[static_cast<std::size_t>(Measure::psnr)];
}

TEST(MeasureInfo, HasOneKeyPerMeasure) {
  std::set<std::string> keys;
  for (std::size_t i = 0; i < measure_count; ++i) keys.insert(measure_info(static_cast<Measure>(i)).key);
  EXPECT_EQ(keys.size(), measure_count);
  EXPECT_STREQ(measure_info(Measure::psnr).key, "psnr");
  EXPECT_STREQ(measure_info(Measure::jitter_ratio).key, "jitter_ratio");
  EXPECT_TRUE(measure_info(Measure::csim).higher_is_better);
  EXPECT_FALSE(measure_info(Measure::lpips).higher_is_better);
}

TEST(MotionFeatureInfo, HasOneKeyPerFeature) {
  std::set<std::string> keys;
  for (std::size_t f = 0; f < motion_feature_count; ++f)
    keys.insert(motion_feature_info(static_cast<MotionFeature>(f)).key);
  EXPECT_EQ(keys.size(), motion_feature_count);
  EXPECT_STREQ(motion_feature_info(MotionFeature::mouth_opening).key, "mouth_opening");
  EXPECT_STREQ(motion_feature_info(MotionFeature::head_roll).key, "head_roll");
}

TEST(Summarize, PersonsCountOnceHoweverManyClipsTheyHave) {
  Evaluation evaluation;
  evaluation.items = {item("a1", "a", 20), item("a2", "a", 30), item("a3", "a", 40), item("b1", "b", 10)};
  summarize(evaluation);
  EXPECT_DOUBLE_EQ(psnr_of(evaluation).mean, 20);
  EXPECT_EQ(psnr_of(evaluation).count, 2);
  EXPECT_DOUBLE_EQ(psnr_of(evaluation).low, 10);
  EXPECT_DOUBLE_EQ(psnr_of(evaluation).high, 30);
}

TEST(Summarize, ValuesThatWereNotMeasuredAreLeftOut) {
  Evaluation evaluation;
  evaluation.items = {item("a1", "a", 20), item("a2", "a", not_measured), item("b1", "b", not_measured),
                      item("c1", "c", 40)};
  summarize(evaluation);
  EXPECT_DOUBLE_EQ(psnr_of(evaluation).mean, 30);
  EXPECT_EQ(psnr_of(evaluation).count, 2);
}

TEST(Summarize, OnePersonHasAMeanButNoInterval) {
  Evaluation evaluation;
  evaluation.items = {item("a1", "a", 20), item("a2", "a", 30)};
  summarize(evaluation);
  EXPECT_DOUBLE_EQ(psnr_of(evaluation).mean, 25);
  EXPECT_TRUE(std::isnan(psnr_of(evaluation).low));
  EXPECT_TRUE(std::isnan(psnr_of(evaluation).high));
  EXPECT_EQ(psnr_of(evaluation).count, 1);
}

TEST(Summarize, NothingMeasured) {
  Evaluation evaluation;
  evaluation.items = {item("a", "a", not_measured)};
  evaluation.summary[0] = {1, 2, 3, 4};
  summarize(evaluation);
  EXPECT_TRUE(std::isnan(psnr_of(evaluation).mean));
  EXPECT_EQ(psnr_of(evaluation).count, 0);
}

TEST(Summarize, FidelityCountsEveryItemThatMoves) {
  Evaluation evaluation;
  evaluation.items = {item("a1", "a", 20), item("a2", "a", 30), item("b1", "b", 40)};
  evaluation.items[0].fidelity[MotionFeature::mouth_width] = {0.9, 0.6};
  evaluation.items[1].fidelity[MotionFeature::mouth_width] = {0.7, 0.8};
  evaluation.items[0].fidelity[MotionFeature::wink] = {not_measured, 0.0};
  summarize(evaluation);
  const FidelitySummary& width = evaluation.fidelity[MotionFeature::mouth_width];
  EXPECT_DOUBLE_EQ(width.correlation.mean, 0.8);
  EXPECT_DOUBLE_EQ(width.correlation.low, 0.7);
  EXPECT_DOUBLE_EQ(width.correlation.high, 0.9);
  EXPECT_DOUBLE_EQ(width.amplitude.mean, 0.7);
  EXPECT_EQ(width.amplitude.count, 2) << "of one person";
  EXPECT_TRUE(std::isnan(evaluation.fidelity[MotionFeature::wink].correlation.mean));
  EXPECT_EQ(evaluation.fidelity[MotionFeature::wink].amplitude.mean, 0);
  EXPECT_EQ(evaluation.fidelity[MotionFeature::gaze_yaw].amplitude.count, 0);
}

TEST(Summarize, ItemsWithoutAPersonAreIndependent) {
  Evaluation evaluation;
  evaluation.items = {item("x", "", 20), item("y", "", 30), item("z", "x", 40)};
  summarize(evaluation);
  EXPECT_EQ(psnr_of(evaluation).count, 3);
}

}  // namespace
}  // namespace reenact
