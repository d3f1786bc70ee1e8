#include <gtest/gtest.h>

#include "fit/fit_cases.h"
#include "reenact/core/landmark_indices.h"
#include "reenact/fit/face_fitter.h"

namespace reenact::test {
namespace {

constexpr LandmarkScheme mesh = LandmarkScheme::mesh468;
constexpr double tolerance_rad = 0.05;

KnownFace looking(double yaw, double pitch) {
  KnownFace known;
  known.gaze.right = known.gaze.left = {yaw, pitch};
  return known;
}

TEST(GazeEstimate, FollowsBothEyesInAnyHeadPose) {
  const FaceFitter fitter(face(), mesh);
  for (const double head_yaw : {-25.0, 0.0, 25.0}) {
    for (const Eigen::Vector2d& gaze :
         {Eigen::Vector2d(0, 0), Eigen::Vector2d(0.35, 0.1), Eigen::Vector2d(-0.3, -0.2)}) {
      KnownFace known = looking(gaze.x(), gaze.y());
      known.pose = turned_pose(head_yaw, 8, 5);
      const FaceFit fit = fitter.fit_frame(known.seen(mesh), known.identity, nullptr);
      EXPECT_LT((fit.gaze.right - gaze).cwiseAbs().maxCoeff(), tolerance_rad) << "head yaw " << head_yaw;
      EXPECT_LT((fit.gaze.left - gaze).cwiseAbs().maxCoeff(), tolerance_rad) << "head yaw " << head_yaw;
    }
  }
}

TEST(GazeEstimate, HoldsThePreviousGazeWhileTheEyesAreClosed) {
  const FaceFitter fitter(face(), mesh);
  KnownFace known = looking(0.3, 0.1);
  const FaceFit open = fitter.fit_frame(known.seen(mesh), known.identity, nullptr);
  known.gaze.right = known.gaze.left = {-0.3, -0.3};  // what a landmark network imagines under the lid
  weight_of(known.expression, "eyeBlink_L") = weight_of(known.expression, "eyeBlink_R") = 1;
  const FaceFit closed = fitter.fit_frame(known.seen(mesh), known.identity, &open);
  EXPECT_EQ(closed.gaze.right, open.gaze.right);
  EXPECT_EQ(closed.gaze.left, open.gaze.left);
}

/// Lids of every eye as far apart as `gap`, in eye widths.
Landmarks with_gap(Landmarks landmarks, double gap) {
  for (const EyeMeshPoints& eye : eye_mesh_points) {
    const double width = (landmarks.points.col(eye.upper[0]) - landmarks.points.col(eye.upper[8])).norm();
    for (std::size_t i = 1; i < 8; ++i) {
      landmarks.points.col(eye.upper[i]) =
          landmarks.points.col(eye.lower[i]) - Eigen::Vector2d(0, gap * width);
    }
  }
  return landmarks;
}

TEST(GazeEstimate, BarelyLeavesThePreviousGazeBehindLidsThatAreNearlyShut) {
  const FaceFitter fitter(face(), mesh);
  const KnownFace known = looking(0.3, 0.1);
  const FaceFit open = fitter.fit_frame(known.seen(mesh), known.identity, nullptr);
  const Landmarks imagined = looking(-0.3, -0.3).seen(mesh);
  const FaceFit shut = fitter.fit_frame(with_gap(imagined, 0.14), known.identity, &open);
  EXPECT_LT((shut.gaze.right - open.gaze.right).norm(), 0.25);
  const FaceFit narrow = fitter.fit_frame(with_gap(imagined, 0.21), known.identity, &open);
  EXPECT_LT(narrow.gaze.right.x(), -0.2);
  const FaceFit alone = fitter.fit_frame(with_gap(imagined, 0.14), known.identity, nullptr);
  EXPECT_LT(alone.gaze.right.x(), -0.2) << "nothing else is known";
}

TEST(GazeEstimate, AWinkTakesTheGazeOfTheOpenEye) {
  const FaceFitter fitter(face(), mesh);
  KnownFace known = looking(0.2, 0.1);
  known.gaze.left = {-0.4, -0.3};
  weight_of(known.expression, "eyeBlink_L") = 1;
  const FaceFit fit = fitter.fit_frame(known.seen(mesh), known.identity, nullptr);
  EXPECT_LT((fit.gaze.left - known.gaze.right).cwiseAbs().maxCoeff(), tolerance_rad);
}

TEST(GazeEstimate, StaysWithinWhatEyesCanDo) {
  const FaceFitter fitter(face(), mesh);
  KnownFace known;
  Landmarks seen = known.seen(mesh);
  seen.iris.row(0).array() += 200;
  const FaceFit fit = fitter.fit_frame(seen, known.identity, nullptr);
  EXPECT_TRUE(fit.gaze.right.allFinite());
  EXPECT_LE(fit.gaze.right.cwiseAbs().maxCoeff(), 0.71);
  EXPECT_GT(fit.gaze.right.x(), 0.6);
}

TEST(GazeEstimate, WithoutIrisPointsThePreviousGazeStays) {
  const FaceFitter fitter(face(), mesh);
  const KnownFace known = looking(0.3, 0.1);
  const FaceFit with_iris = fitter.fit_frame(known.seen(mesh), known.identity, nullptr);
  Landmarks seen = known.seen(mesh);
  seen.iris.resize(2, 0);
  EXPECT_EQ(fitter.fit_frame(seen, known.identity, &with_iris).gaze.left, with_iris.gaze.left);
  EXPECT_TRUE(fitter.fit_frame(seen, known.identity, nullptr).gaze.left.isZero());
}

}  // namespace
}  // namespace reenact::test
