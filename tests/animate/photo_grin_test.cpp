#include "reenact/animate/photo_grin.h"

#include <gtest/gtest.h>

#include "animate/shaped_mouth.h"
#include "reenact/animate/retarget.h"
#include "reenact/core/openings.h"

namespace reenact {
namespace {

constexpr double frame_s = 0.04;

PhotoGrin grin_of(double smile) {
  return {test::mouth_model(), test::shaped_mouth(smile, 0), test::shaped_mouth(0, 0)};
}

double given_way(PhotoGrin grin, const Eigen::VectorXd& movement) {
  grin.follow(movement, 0);
  return grin.given_way();
}

TEST(PhotoGrin, GivesWayAsFarAsTheDriverNarrowsItsMouth) {
  const PhotoGrin grin = grin_of(1);
  EXPECT_EQ(grin.given_way(), 0);
  double before = 0;
  for (const double pucker : {0.0, 0.25, 0.5, 1.0}) {
    const double now = given_way(grin, test::shaped_mouth(0, pucker));
    EXPECT_GE(now, before);
    before = now;
  }
  EXPECT_EQ(given_way(grin, test::shaped_mouth(0, 0)), 0);
  EXPECT_GT(before, 0.5);
}

TEST(PhotoGrin, StaysWhileTheDriverSmilesOrOpensItsMouth) {
  EXPECT_EQ(given_way(grin_of(1), test::shaped_mouth(0.5, 0)), 0);
  EXPECT_EQ(given_way(grin_of(1), test::shaped_mouth(0, 0, 0.8)), 0);
}

TEST(PhotoGrin, IsNoneInAPhotoAsWideAsTheReference) {
  EXPECT_EQ(given_way(grin_of(0), test::shaped_mouth(0, 1)), 0);
  EXPECT_EQ(given_way(grin_of(-1), test::shaped_mouth(0, 1)), 0);
}

TEST(PhotoGrin, IsNoneInAWideMouthWithCornersThatHangDown) {
  FaceModel wide = test::mouth_model();
  for (const char* smile : {"mouthSmile_L", "mouthSmile_R"}) {
    const Eigen::Index e = wide.expression_index(smile);
    for (Eigen::Index v = 0; v < wide.vertex_count(); ++v) wide.expression(3 * v + 1, e) *= -1;
  }
  EXPECT_EQ(given_way({wide, test::shaped_mouth(1, 0), test::shaped_mouth(0, 0)}, test::shaped_mouth(0, 1)),
            0);
}

TEST(PhotoGrin, ComesBackSlowly) {
  PhotoGrin grin = grin_of(1);
  grin.follow(test::shaped_mouth(0, 0), 0);
  grin.follow(test::shaped_mouth(0, 1), frame_s);
  const double rounded = grin.given_way();
  EXPECT_GT(rounded, 0.7 * given_way(grin_of(1), test::shaped_mouth(0, 1)));
  grin.follow(test::shaped_mouth(0, 0), 2 * frame_s);
  EXPECT_GT(grin.given_way(), 0.9 * rounded);
  EXPECT_LT(grin.given_way(), rounded);
  grin.follow(test::shaped_mouth(0, 0), 10);
  EXPECT_LT(grin.given_way(), 1e-3);
}

TEST(PhotoGrin, StaysAShareWhereTimeGoesBack) {
  PhotoGrin grin = grin_of(1);
  grin.follow(test::shaped_mouth(0, 0), 10);
  grin.follow(test::shaped_mouth(0, 1), 0);
  EXPECT_GE(grin.given_way(), 0);
  EXPECT_LE(grin.given_way(), 1);
}

TEST(PhotoGrin, LeavesTheJawAndTheClosingOfTheLipsAlone) {
  Eigen::VectorXd source = test::shaped_mouth(1, 0, 0.5);
  source(test::mouth_model().expression_index("mouthClose")) = 0.4;
  const PhotoGrin grin(test::mouth_model(), source, test::shaped_mouth(0, 0));
  EXPECT_EQ(grin.weights()(test::mouth_model().expression_index("mouthClose")), 0);
  EXPECT_EQ(grin.weights()(test::mouth_model().expression_index("jawOpen")), 0);
  EXPECT_EQ(grin.weights()(test::mouth_model().expression_index("mouthSmile_L")), 1);
}

FaceFit grinning_photo() {
  FaceFit photo;
  photo.identity = Eigen::VectorXd::Zero(test::mouth_model().identity_count());
  photo.expression = test::shaped_mouth(0.9, 0);
  return photo;
}

MotionFrame frame_of(const Eigen::VectorXd& beta) {
  MotionFrame frame;
  frame.expression = beta;
  frame.openings = OpeningGauge(test::mouth_model()).measure(Eigen::VectorXd(), beta);
  return frame;
}

/// Distance of the corners of the mouth, cm.
double width(const Eigen::VectorXd& beta) {
  const Eigen::Matrix3Xf face = shape_face(test::mouth_model(), Eigen::VectorXd(), beta, Gaze());
  return static_cast<double>(face(0, test::mouth_model().landmarks68(54)) -
                             face(0, test::mouth_model().landmarks68(48)));
}

TEST(PhotoGrin, LetsAGrinningPhotoRoundItsLips) {
  const FaceFit photo = grinning_photo();
  const MotionFrame rest = frame_of(test::shaped_mouth(0, 0));
  const MotionFrame rounded = frame_of(test::shaped_mouth(0, 0.9));
  Retargeter retargeter(test::mouth_model(), photo, rest, MotionMode::relative);

  retargeter.follow_mouth(rest, 0);
  EXPECT_LT((retargeter.retarget(rest).expression - photo.expression).norm(), 1e-9);
  const double grinning = width(retargeter.retarget(rounded).expression);
  for (int i = 1; i <= 5; ++i) retargeter.follow_mouth(rounded, i * frame_s);
  const double given_way = width(retargeter.retarget(rounded).expression);
  EXPECT_LT(given_way, grinning - 0.5 * (width(photo.expression) - width(rest.expression)));
  EXPECT_LT(given_way, width(rest.expression));
}

TEST(PhotoGrin, StaysInAbsoluteMotionAndWithoutStrength) {
  const FaceFit photo = grinning_photo();
  const MotionFrame rest = frame_of(test::shaped_mouth(0, 0));
  const MotionFrame rounded = frame_of(test::shaped_mouth(0, 0.9));
  Retargeter absolute(test::mouth_model(), photo, rest, MotionMode::absolute);
  absolute.follow_mouth(rounded, 0);
  EXPECT_EQ(absolute.grin_given_way(), 0);
  MotionStrength still;
  still.mouth = 0;
  Retargeter weak(test::mouth_model(), photo, rest, MotionMode::relative, ShiftLimit::torso, std::nullopt,
                  still);
  weak.follow_mouth(rounded, 0);
  EXPECT_EQ(weak.grin_given_way(), 0);
}

}  // namespace
}  // namespace reenact
