#include "mouth/drawn_teeth.h"

#include <gtest/gtest.h>

#include "mouth/drawn_mouth.h"
#include "mouth/teeth_painter.h"

namespace reenact {
namespace {

constexpr double scale = 40;  ///< pixels per centimetre
const cv::Rect box(0, 0, 320, 160);

/// A straight row about (160, 100), its edges there, of teeth 0.6 centimetres wide.
ToothRow straight_row(double turn_rad = 0) {
  const Eigen::Rotation2Dd turn(turn_rad);
  ToothRow row;
  row.bounds.resize(2, UpperTeeth::count + 1);
  row.edges.resize(2, UpperTeeth::count);
  const Eigen::Vector2d middle(160, 100);
  const double width = 0.6 * scale;
  for (int i = 0; i <= UpperTeeth::count; ++i) {
    row.bounds.col(i) = middle + turn * Eigen::Vector2d((i - UpperTeeth::count / 2.0) * width, 0);
  }
  for (int i = 0; i < UpperTeeth::count; ++i) {
    row.edges.col(i) = (row.bounds.col(i) + row.bounds.col(i + 1)) / 2;
  }
  row.down = turn * Eigen::Vector2d(0, scale);
  row.share = 1;
  return row;
}

class DrawnTeethTurned : public ::testing::TestWithParam<double> {
 protected:
  cv::Point at(double across_cm, double down_cm) const {
    const Eigen::Vector2d place =
        Eigen::Vector2d(160, 100) +
        Eigen::Rotation2Dd(GetParam()) * Eigen::Vector2d(across_cm * scale, down_cm * scale);
    return {cvRound(place.x()), cvRound(place.y())};
  }
  const DrawnTeeth teeth = draw_teeth(straight_row(GetParam()), box);
};

TEST_P(DrawnTeethTurned, CoverWhatLiesAboveTheirEdges) {
  for (const double across : {-1.5, -0.3, 0.3, 1.5}) {
    EXPECT_EQ(teeth.cover(at(across, -0.4)), 1) << across;
    EXPECT_EQ(teeth.cover(at(across, 0.15)), 0) << across;
    EXPECT_NEAR(teeth.below(at(across, 0.2)), 0.2F, 0.12F) << across;
  }
  EXPECT_EQ(teeth.cover(at(3.2, -0.4)), 0);
  EXPECT_EQ(teeth.below(at(3.2, -0.4)), DrawnTeeth::beside_row);
}

TEST_P(DrawnTeethTurned, AreToldApart) {
  EXPECT_GT(teeth.relief(at(0.3, -0.2)), 1.06F * teeth.relief(at(0.6, -0.2)));
  EXPECT_NEAR(teeth.arch(at(0.3, -0.4)), 1, 0.01F);
  EXPECT_GT(teeth.arch(at(0.3, -0.4)), teeth.arch(at(2.7, -0.4)) + 0.4F) << "cheeks hide the light";
  EXPECT_NEAR(teeth.arch(at(0.9, -0.4)), teeth.arch(at(-0.9, -0.4)), 0.02F);
  EXPECT_LT(cv::norm(teeth.relief, cv::NORM_INF), 1.1);
}

TEST_P(DrawnTeethTurned, EndInTheGum) {
  EXPECT_EQ(teeth.gum(at(0.3, -0.5)), 0);
  EXPECT_EQ(teeth.gum(at(0.3, -1.3)), 1);
  ToothRow lowered = straight_row(GetParam());
  lowered.lowered_cm = 0.5;
  EXPECT_EQ(draw_teeth(lowered, box).gum(at(0.3, -1.3)), 0) << "a lip that is known too high shows no more";
}

INSTANTIATE_TEST_SUITE_P(By, DrawnTeethTurned, ::testing::Values(0.0, 0.3, -0.3));

TEST(DrawnTeeth, LieInTheBoxAsInThePicture) {
  const cv::Rect part(100, 50, 90, 70);
  const DrawnTeeth whole = draw_teeth(straight_row(), box);
  const DrawnTeeth there = draw_teeth(straight_row(), part);
  EXPECT_EQ(cv::norm(whole.relief(part), there.relief, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(whole.cover(part), there.cover, cv::NORM_INF), 0);
}

TEST(DrawnTeeth, OfOtherRowsAreNone) {
  ToothRow few = straight_row();
  few.edges = few.edges.leftCols(4).eval();
  ToothRow flat = straight_row();
  flat.down.setZero();
  ToothRow folded = straight_row();
  folded.bounds.row(0).reverseInPlace();
  for (const ToothRow& row : {few, flat, folded, ToothRow{}}) {
    EXPECT_EQ(cv::countNonZero(draw_teeth(row, box).cover), 0);
  }
}

/// A driver's mouth of a chipped row over a tongue.
class ShownTeeth : public ::testing::Test {
 protected:
  ShownTeeth() {
    mouth.lip_edge = dense_lip_contour(test::DrawnMouth{{160, 100}, 110, 40, 12, 0}.inner());
    inside.rowRange(0, 100) = test::teeth_bgr;
    inside(cv::Rect(170, 60, 20, 40)).setTo(test::dark_bgr);
    const auto lab = [](const cv::Scalar& bgr) { return lab_of_bgr({bgr[0], bgr[1], bgr[2]}); };
    tint = {{lab(test::skin_bgr), lab(test::lips_bgr)}, lab(test::teeth_bgr)};
  }
  cv::Mat_<cv::Vec3f> shown(double share) const {
    cv::Mat_<cv::Vec3f> patch = inside.clone();
    ToothRow row = straight_row();
    row.share = share;
    PlacedMouth there = mouth;
    there.drawn_row = row;
    std::vector<float> across;
    for (int x = 0; x < box.width; ++x) across.push_back(static_cast<float>((x - 160) / 110.0));
    show_drawn_teeth(patch, box, there, across, tint, 0.5);
    return patch;
  }

  PlacedMouth mouth;
  cv::Mat_<cv::Vec3f> inside = cv::Mat_<cv::Vec3f>(160, 320, cv::Vec3f(60, 60, 160));
  TeethTint tint;
};

TEST_F(ShownTeeth, AreWholeWhereTheDriversAreChipped) {
  ASSERT_LT(inside(85, 180)[1], 60);
  const cv::Mat_<cv::Vec3f> patch = shown(1);
  for (const int x : {148, 172, 180}) EXPECT_GT(patch(85, x)[1], 0.8 * test::teeth_bgr[1]) << x;
  EXPECT_GT(patch(85, 172)[1], 1.02F * patch(85, 184)[1]) << "neighbours are told apart";
}

TEST_F(ShownTeeth, LeaveWhatLiesBelow) {
  const cv::Mat_<cv::Vec3f> patch = shown(1);
  EXPECT_EQ(patch(130, 160), inside(130, 160));
  EXPECT_LT(patch(104, 160)[1], patch(95, 160)[1]) << "they shade it";
}

TEST_F(ShownTeeth, AreShownAsFarAsTheyAreToBe) {
  EXPECT_EQ(cv::norm(shown(0), inside, cv::NORM_INF), 0);
  const float half = shown(0.5)(85, 180)[1];
  EXPECT_GT(half, inside(85, 180)[1] + 20);
  EXPECT_LT(half, shown(1)(85, 180)[1] - 20);
}

TEST_F(ShownTeeth, TakeTheLightOfAMouthWithoutAny) {
  inside = cv::Mat_<cv::Vec3f>(160, 320, cv::Vec3f(20, 20, 40));
  const cv::Mat_<cv::Vec3f> patch = shown(1);
  for (int c = 0; c < 3; ++c) EXPECT_NEAR(patch(85, 172)[c], test::teeth_bgr[c], 25);
}

}  // namespace
}  // namespace reenact
