#include "reenact/mouth/lip_edge.h"

#include <gtest/gtest.h>

#include "mouth/drawn_mouth.h"
#include "reenact/mouth/smooth_lab.h"

namespace reenact {
namespace {

using test::DrawnMouth;

cv::Mat drawn(const DrawnMouth& mouth) {
  cv::Mat picture(64, 96, CV_8UC3, test::skin_bgr);
  mouth.draw_on(picture);
  return picture;
}

/// Mean distance, outwards positive, from the drawn edge over the upper and lower middle of the mouth.
double mean_error(const DrawnMouth& mouth, const Eigen::Matrix2Xd& found) {
  return (mean_opening(found) - mean_opening(dense_lip_contour(mouth.inner()))) / 2;
}

class LipEdgeOfLandmarks : public ::testing::TestWithParam<double> {};

TEST_P(LipEdgeOfLandmarks, IsWhereTheLipsEnd) {
  const DrawnMouth mouth;
  const LipEdge edge = find_lip_edge(smooth_lab(drawn(mouth)), mouth.inner(GetParam()), mouth.outer());
  EXPECT_NEAR(mean_error(mouth, edge_at(edge, edge.inset)), 0, 0.8);
  EXPECT_GT(edge.contrast, 0.8);
}
INSTANTIATE_TEST_SUITE_P(TooWideOrTooNarrow, LipEdgeOfLandmarks, ::testing::Values(-2, 0, 2, 4, 6));

TEST(LipEdge, OfAThinOpeningMayLieOutsideOfItsLandmarks) {
  const DrawnMouth mouth{{48, 32}, 32, 6, 12, 0};
  const LipEdge edge = find_lip_edge(smooth_lab(drawn(mouth)), mouth.inner(-3), mouth.outer());
  EXPECT_NEAR(mean_error(mouth, edge_at(edge, edge.inset)), 0, 0.8);
}

/// Teeth under lips as pale as skin, the tongue behind them far down: nothing like teeth is in the mouth's
/// core.
TEST(LipEdge, OfAMouthThatIsWideOpenKeepsTheUpperTeeth) {
  const DrawnMouth mouth{{48, 52}, 32, 26, 7, 0};
  cv::Mat picture(112, 96, CV_8UC3, test::skin_bgr);
  mouth.draw_on(picture);
  cv::Mat inside(picture.size(), CV_8U, cv::Scalar(0));
  cv::ellipse(inside, {48, 52}, {32, 26}, 0, 0, 360, cv::Scalar(255), cv::FILLED);
  picture.setTo(cv::Scalar(110, 130, 180), inside == 0);
  picture.setTo(cv::Scalar(100, 100, 190), inside);
  cv::Mat teeth = inside.clone();
  teeth.rowRange(37, teeth.rows) = cv::Scalar(0);
  picture.setTo(cv::Scalar(150, 190, 200), teeth);
  const LipEdge edge = find_lip_edge(smooth_lab(picture), mouth.inner(), mouth.outer());
  const Eigen::Matrix2Xd found = edge_at(edge, edge.inset);
  EXPECT_NEAR(found.row(1).minCoeff(), 26, 2) << "37 would be below the teeth";
}

TEST(LipEdge, OfARoundMouthLiesFarInsideItsCorners) {
  const DrawnMouth wide{{48, 32}, 32, 14, 6, 0};
  const DrawnMouth round{{48, 32}, 20, 14, 6, 0};
  cv::Mat picture(64, 96, CV_8UC3, test::skin_bgr);
  wide.draw_on(picture);
  cv::ellipse(picture, {48, 32}, {32, 15}, 0, 0, 360, test::lips_bgr, cv::FILLED, cv::LINE_AA);
  cv::ellipse(picture, {48, 32}, {20, 14}, 0, 0, 360, test::dark_bgr, cv::FILLED, cv::LINE_AA);
  const LipEdge edge = find_lip_edge(smooth_lab(picture), wide.inner(), wide.outer());
  const Eigen::Matrix2Xd found = edge_at(edge, edge.inset);
  EXPECT_NEAR(found.row(0).minCoeff(), 28, 3);
  EXPECT_NEAR(found.row(0).maxCoeff(), 68, 3);
  EXPECT_NEAR(mean_error(round, found), 0, 2);
}

TEST(LipEdge, IsTheSameEveryTime) {
  const DrawnMouth mouth;
  const cv::Mat picture = drawn(mouth);
  const LipEdge once = find_lip_edge(smooth_lab(picture), mouth.inner(3), mouth.outer());
  cv::theRNG().state = 4711;
  const LipEdge again = find_lip_edge(smooth_lab(picture), mouth.inner(3), mouth.outer());
  EXPECT_EQ(once.inset, again.inset);
  EXPECT_EQ(once.contrast, again.contrast);
}

TEST(LipEdge, CoveredMouthsHaveLittleContrast) {
  const DrawnMouth mouth;
  cv::Mat picture = drawn(mouth);
  cv::Mat noise(picture.size(), CV_8UC3);
  cv::RNG(5).fill(noise, cv::RNG::UNIFORM, 0, 6);
  const cv::Mat whole = cv::Mat(picture.size(), CV_8UC3, test::skin_bgr) + noise;
  EXPECT_LT(find_lip_edge(smooth_lab(whole), mouth.inner(), mouth.outer()).contrast, 0.2);
  whole.colRange(0, 50).copyTo(picture.colRange(0, 50));
  EXPECT_LT(find_lip_edge(smooth_lab(picture), mouth.inner(), mouth.outer()).contrast, 0.45);
}

TEST(LipEdge, SurvivesMouthsWithoutExtent) {
  const cv::Mat picture(48, 96, CV_8UC3, test::skin_bgr);
  for (const double size : {0.0, 1e-9, 1e4}) {
    const DrawnMouth mouth{{48, 24}, size, size, size, 0};
    const LipEdge edge = find_lip_edge(smooth_lab(picture), mouth.inner(), mouth.outer());
    EXPECT_TRUE(edge_at(edge, edge.inset).allFinite()) << size;
    EXPECT_TRUE(std::isfinite(edge.contrast)) << size;
  }
}

}  // namespace
}  // namespace reenact
