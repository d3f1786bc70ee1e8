#include "reenact/eyes/eye_pose.h"

#include <gtest/gtest.h>

#include "eyes/painted_eye.h"
#include "reenact/core/lid_gaps.h"
#include "reenact/eyes/eye_rig.h"
#include "support/synthetic_face.h"

namespace reenact::test {
namespace {

constexpr int width = 60;

const PhotoEye& prepared() {
  static const PaintedEye painted = paint_eye(width);
  static const PreparedEye eye = prepare_eye(painted.canvas, painted.seen);
  return eye.eye.value();
}

EyePoints::Eye points() {
  static const PaintedEye painted = paint_eye(width);
  return {painted.seen.contour, painted.seen.iris};
}

FaceState still() {
  FaceState state;
  state.pose.scale = 20;
  return state;
}

EyePose posed(const FaceState& state, float opening) {
  return pose_eye(prepared(), points(), points(), still(), state, opening);
}

TEST(EyePose, UnmovedIsThePhotos) {
  const EyePose pose = posed(still(), 1);
  for (std::size_t i = 0; i < lid_samples; ++i) {
    EXPECT_NEAR(pose.lids.upper[i], prepared().lids.upper[i], 1e-3F);
    EXPECT_NEAR(pose.lids.lower[i], prepared().lids.lower[i], 1e-3F);
  }
  EXPECT_LT((pose.ball_centre - prepared().ball.centre).norm(), 1e-3F);
  EXPECT_TRUE(pose.photo_from_frame.isApprox(Eigen::Matrix3f::Identity(), 1e-5F));
  EXPECT_EQ(pose.strength, 1);
}

TEST(EyePose, ShutIsShutWhateverTheMeshDoes) {
  const EyePose pose = posed(still(), 0);
  for (std::size_t i = 0; i < lid_samples; ++i) EXPECT_NEAR(pose.lids.upper[i], pose.lids.lower[i], 1e-4F);
}

TEST(EyePose, LidsFollowTheMesh) {
  EyePoints::Eye raised = points();
  for (std::size_t i = 1; i + 1 < EyeContour::points; ++i) {
    const float a = (raised.contour.upper[i].x() - width) / width;
    raised.contour.upper[i].y() -= 4 * 3 * a * (1 - a);
  }
  const EyePose pose = pose_eye(prepared(), points(), raised, still(), still(), 1);
  EXPECT_NEAR(pose.lids.upper[lid_samples / 2] - prepared().lids.upper[lid_samples / 2], 3, 0.3F);
  EXPECT_NEAR(pose.lids.lower[lid_samples / 2], prepared().lids.lower[lid_samples / 2], 0.3F);
}

TEST(EyePose, TheIrisStaysBetweenTheCorners) {
  FaceState state = still();
  state.gaze.right = {0.75, 0};
  const EyePose pose = posed(state, 1);
  const Eigen::Vector3f axis = pose.photo_from_frame.transpose() * prepared().ball.axis;
  const Eigen::Vector2f iris =
      pose.ball_centre + prepared().ball.radius * Eigen::Vector2f(axis.x(), -axis.y());
  EXPECT_LE(pose.lids.frame.local(iris).x(), 0.8301F);
}

TEST(EyePose, TheUpperLidGoesDownWithTheIrisAndNotUpWithIt) {
  FaceState down = still();
  down.gaze.right = {0, -0.35};
  const float fall = prepared().ball.radius * std::sin(0.35F);
  const std::size_t middle = lid_samples / 2;
  const EyePose lowered = posed(down, 1);
  EXPECT_LT(lowered.lids.upper[middle], prepared().lids.upper[middle] - 0.6F * fall);
  EXPECT_GT(lowered.lids.upper[middle], prepared().lids.upper[middle] - fall);
  EXPECT_NEAR(lowered.lids.lower[middle], prepared().lids.lower[middle], 1e-3F);
  FaceState up = still();
  up.gaze.right = {0, 0.35};
  EXPECT_NEAR(posed(up, 1).lids.upper[middle], prepared().lids.upper[middle], 1e-3F);
}

TEST(EyePose, AWidenedLidStaysOnTheIris) {
  EyePoints::Eye wide = points();
  for (std::size_t i = 1; i + 1 < EyeContour::points; ++i) {
    const float a = (wide.contour.upper[i].x() - width) / width;
    wide.contour.upper[i].y() -= 4 * 12 * a * (1 - a);
  }
  const EyePose pose = pose_eye(prepared(), points(), wide, still(), still(), 1.4F);
  const std::size_t middle = lid_samples / 2;
  const float top_of_iris = pose.lids.frame.local(prepared().ball.iris).y() + prepared().ball.iris_radius;
  EXPECT_GT(pose.lids.upper[middle], prepared().lids.upper[middle]);
  EXPECT_LT(pose.lids.upper[middle] - top_of_iris, 0.09F * width) << "white all around is a stare";
}

TEST(EyePose, SeenOnEdgeIsLeftToTheMesh) {
  EyePoints::Eye narrow = points();
  for (auto* edge : {&narrow.contour.upper, &narrow.contour.lower}) {
    for (Eigen::Vector2f& point : *edge) point.x() = width + 0.4F * (point.x() - width);
  }
  EXPECT_EQ(pose_eye(prepared(), points(), narrow, still(), still(), 1).strength, 0);
}

TEST(EyePoints, AreThoseOfTheModel) {
  const FaceModel model = make_synthetic_face();
  const Eigen::VectorXd identity = Eigen::VectorXd::Constant(model.identity_count(), 0.4);
  Eigen::VectorXd expression = Eigen::VectorXd::Zero(model.expression_count());
  expression[model.expression_index("eyeBlink_L")] = 0.7;
  const Pose pose{rotation_from_angles({12, 3, -4}), 20, {200, 150}};
  const Landmarks seen = observe(model, LandmarkScheme::mesh468, identity, expression, Gaze(), pose);
  const auto eyes = EyePoints(model, identity).place(expression, pose);
  for (std::size_t e = 0; e < 2; ++e) {
    for (std::size_t i = 0; i < EyeContour::points; ++i) {
      const Eigen::Vector2f expected = seen.points.col(eye_mesh_points[e].upper[i]).cast<float>();
      EXPECT_LT((eyes[e].contour.upper[i] - expected).norm(), 0.01F);
    }
    const Eigen::Matrix3Xf vertices = project(pose, shape_face(model, identity, expression, Gaze()));
    const Region eyeball = e == 0 ? Region::eyeball_right : Region::eyeball_left;
    EXPECT_LT((eyes[e].ball_centre - eyeball_centre(model, vertices, eyeball).head<2>().cast<float>()).norm(),
              0.01F);
  }
}

/// The rig of a face of plain skin whose lids have `gap` times their height.
EyeRig rig_with_lids(double gap) {
  const FaceModel model = make_synthetic_face();
  FaceState state;
  state.identity = Eigen::VectorXd::Zero(model.identity_count());
  state.expression = Eigen::VectorXd::Zero(model.expression_count());
  state.pose = {Eigen::Quaterniond::Identity(), 30, {300, 250}};
  Landmarks seen =
      observe(model, LandmarkScheme::mesh468, state.identity, state.expression, Gaze(), state.pose);
  for (const EyeMeshPoints& eye : eye_mesh_points) {
    for (std::size_t i = 1; i + 1 < eye.upper.size(); ++i) {
      const Eigen::Vector2d lower = seen.points.col(eye.lower[i]);
      seen.points.col(eye.upper[i]) = lower + gap * (seen.points.col(eye.upper[i]) - lower);
    }
  }
  return EyeRig(model, state, seen, cv::Mat(500, 600, CV_8UC3, cv::Scalar(120, 150, 200)));
}

TEST(EyeRig, MakesUpEyesThatThePhotoShowsShutAndNoOthers) {
  const EyeRig shut = rig_with_lids(0.1);
  EXPECT_TRUE(shut.made_up());
  EXPECT_EQ(shut.refusals(), (std::array<std::string, 2>{}));
  EXPECT_FALSE(rig_with_lids(1).made_up());
  EXPECT_EQ(shut.painted_share(EyeSide::right, 0), 0) << "it is the photo's";
  EXPECT_EQ(shut.painted_share(EyeSide::right, 1), 1);
}

}  // namespace
}  // namespace reenact::test
