#include "reenact/eyes/opened_lids.h"

#include <gtest/gtest.h>

#include "support/synthetic_face.h"

namespace reenact::test {
namespace {

class OpenedLidsOfAShutPhoto : public ::testing::Test {
 protected:
  FaceState photo() const {
    FaceState state;
    state.identity = Eigen::VectorXd::Zero(model.identity_count());
    state.expression = Eigen::VectorXd::Zero(model.expression_count());
    for (const char* blink : {"eyeBlink_L", "eyeBlink_R"}) {
      state.expression[model.expression_index(blink)] = 0.9;
    }
    state.gaze = {{0.1, -0.4}, {0.1, -0.4}};
    state.pose.scale = 20;
    return state;
  }
  FaceOpenings openings(const FaceState& state) const {
    return OpeningGauge(model).measure(state.identity, state.expression);
  }

  FaceModel model = make_synthetic_face();
  OpenedLids lids{model, photo()};
};

TEST_F(OpenedLidsOfAShutPhoto, StayThePhotosWhereTheDriversAreShut) {
  const FaceOpenings shut = openings(lids.open(photo(), {0, 0}));
  EXPECT_NEAR(shut.right_eye, openings(photo()).right_eye, 1e-6);
  EXPECT_NEAR(shut.left_eye, openings(photo()).left_eye, 1e-6);
}

TEST_F(OpenedLidsOfAShutPhoto, OpenEachByItself) {
  const double half = openings(lids.open(photo(), {0.5, 0})).right_eye;
  const FaceOpenings one = openings(lids.open(photo(), {1, 0}));
  EXPECT_GT(half, openings(photo()).right_eye + 0.01);
  EXPECT_GT(one.right_eye, half + 0.01);
  EXPECT_NEAR(one.left_eye, openings(photo()).left_eye, 1e-6);
  EXPECT_NEAR(one.mouth, openings(photo()).mouth, 1e-6);
}

TEST_F(OpenedLidsOfAShutPhoto, LookAsFarAsideAsTheDriverHasTurnedItsEyes) {
  FaceState state = photo();
  state.gaze.left.x() += 0.3;
  const FaceState opened = lids.open(state, {1, 1});
  EXPECT_NEAR(opened.gaze.left.x(), 0.3, 1e-9);
  EXPECT_NEAR(opened.gaze.right.norm(), 0, 1e-9);
}

}  // namespace
}  // namespace reenact::test
