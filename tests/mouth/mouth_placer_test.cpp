#include "reenact/mouth/mouth_placer.h"

#include <gtest/gtest.h>

#include "mouth/drawn_mouth.h"
#include "reenact/core/error.h"
#include "support/shipped_face_model.h"

namespace reenact {
namespace {

Eigen::Affine2d some_affine() {
  Eigen::Affine2d map;
  map.linear() << 1.3, 0.2, -0.1, 0.9;
  map.translation() << 12, -7;
  return map;
}

TEST(FitAffine, RecoversAMapAndIsHeldByItsPrior) {
  const Eigen::Matrix2Xd x = Eigen::Matrix2Xd::Random(2, 30) * 10;
  const Eigen::Affine2d map = some_affine();
  EXPECT_TRUE(fit_affine(x, map * x).isApprox(map, 1e-9));
  EXPECT_TRUE(fit_affine(x, map * x, map.linear(), 40).isApprox(map, 1e-9));
  const Eigen::Matrix2d held = fit_affine(x, map * x, Eigen::Matrix2d::Identity(), 1e6).linear();
  EXPECT_TRUE(held.isApprox(Eigen::Matrix2d::Identity(), 1e-3));
  const Eigen::Matrix2Xd spot = Eigen::Vector2d(3, 4).replicate(1, 30);
  EXPECT_TRUE(fit_affine(spot, map * x, map.linear(), 40).matrix().allFinite());
}

/// Lips, teeth and anchors of a face in canvas pixels.
MouthGeometry::Places target() {
  MouthGeometry::Places places;
  places.inner = test::DrawnMouth{{200, 300}, 30, 10, 8, 0.1}.inner();
  places.outer = test::DrawnMouth{{200, 300}, 30, 10, 8, 0.1}.outer();
  places.upper_teeth = {200, 294};
  places.anchors = Eigen::Matrix2Xd::Random(2, face_anchors) * 60;
  places.anchors.colwise() += Eigen::Vector2d(200, 250);
  return places;
}

/// The patch that shows this face through `patch_from_canvas`.
MouthPatch seen_through(const Eigen::Affine2d& patch_from_canvas, const MouthGeometry::Places& places) {
  MouthPatch patch;
  patch.lip_edge = patch_from_canvas * dense_lip_contour(places.inner);
  patch.upper_teeth = patch_from_canvas * places.upper_teeth;
  patch.anchors = patch_from_canvas * places.anchors;
  return patch;
}

TEST(MouthPlacer, LaysAPatchWhereItWasSeen) {
  const MouthGeometry::Places places = target();
  MouthPlacer placer;
  const PlacedMouth placed = placer.place(seen_through(some_affine(), places), places, 0);
  EXPECT_TRUE(placed.patch_from_canvas.isApprox(some_affine(), 1e-6));
  EXPECT_TRUE(placed.lip_edge.isApprox(dense_lip_contour(places.inner), 1e-6));
}

TEST(CornerStretch, KeepsTheMiddleAndTheOrderOfPlaces) {
  CornerStretch stretch;
  stretch.middle = {50, 40};
  stretch.axis = Eigen::Vector2d(3, 4) / 5;
  stretch.half = 20;
  stretch.right = 0.4;
  stretch.left = -0.1;
  EXPECT_EQ(stretch.shown_at(stretch.middle), stretch.middle);
  double last = -2;
  for (double u = -1.2; u < 1.21; u += 0.1) {
    const double read = u + stretch.shift(u);
    EXPECT_GT(read, last);
    last = read;
    const Eigen::Vector2d place = stretch.middle + u * stretch.half * stretch.axis;
    const Eigen::Vector2d there = stretch.middle + read * stretch.half * stretch.axis;
    EXPECT_LT((stretch.shown_at(there) - place).norm(), 1e-9);
  }
}

TEST(MouthPlacer, DrawsTheHalfThatATurnMakesNarrowOutToItsCorner) {
  const MouthGeometry::Places places = target();
  MouthPatch patch = seen_through(Eigen::Affine2d::Identity(), places);
  const double middle = places.inner.row(0).mean();
  for (auto point : patch.lip_edge.colwise()) point.x() -= 0.3 * std::max(point.x() - middle, 0.0);
  MouthPlacer placer;
  const PlacedMouth placed = placer.place(patch, places, 0);
  const Eigen::Matrix2Xd affine = placed.patch_from_canvas.inverse() * patch.lip_edge;
  constexpr Eigen::Index left = lip_edge_points / 2;
  EXPECT_GT((affine.col(left) - placed.opening.col(left)).norm(), 2);
  EXPECT_LT((placed.lip_edge.col(left) - placed.opening.col(left)).norm(), 0.5);
  EXPECT_LT((placed.lip_edge.col(0) - placed.opening.col(0)).norm(), 0.5);
  EXPECT_GT(placed.stretch.left, 0.08);
  // One frame of another edge hardly changes that.
  const PlacedMouth next = placer.place(seen_through(Eigen::Affine2d::Identity(), places), places, 0.01);
  EXPECT_NEAR(next.stretch.left, placed.stretch.left, 0.3 * placed.stretch.left);
}

TEST(MouthPlacer, MovesWithTheHeadAtOnceAndAgainstItSlowly) {
  const MouthGeometry::Places places = target();
  const Eigen::Vector2d shift(9, -5);
  MouthGeometry::Places moved = places;
  moved.inner.colwise() += shift;
  moved.anchors.colwise() += shift;
  moved.upper_teeth += shift;
  const MouthPatch patch = seen_through(some_affine(), places);
  MouthPlacer placer;
  placer.place(patch, places, 0);
  // The photo's head moves, the driver's does not.
  PlacedMouth placed = placer.place(patch, moved, 0.04);
  EXPECT_TRUE(placed.lip_edge.isApprox(dense_lip_contour(moved.inner), 1e-6));

  // The driver's lips rise over its teeth: a jump in the landmarks is not followed in one frame.
  MouthPatch risen = patch;
  risen.lip_edge.row(1).array() -= 8;
  MouthPlacer slow;
  slow.place(patch, places, 0);
  const double after_one =
      (slow.place(risen, places, 0.04).patch_from_canvas.translation() - some_affine().translation()).y();
  EXPECT_LT(after_one, -0.5);
  EXPECT_GT(after_one, -4);
  const double after_long =
      (slow.place(risen, places, 10).patch_from_canvas.translation() - some_affine().translation()).y();
  EXPECT_NEAR(after_long, -8, 0.01);
  slow.reset();
  placed = slow.place(patch, places, 10.04);
  EXPECT_TRUE(placed.patch_from_canvas.isApprox(some_affine(), 1e-6));
}

TEST(MouthGeometry, ProjectsWhatTheWholeModelDoes) {
  const FaceModel& model = test::shipped_face_model();
  const Eigen::VectorXd identity = 0.3 * Eigen::VectorXd::Random(model.identity_count());
  const Eigen::VectorXd expression = Eigen::VectorXd::Random(model.expression_count()).cwiseAbs();
  const Pose pose{rotation_from_angles({20, -10, 5}), 7.5, {300, 200}};
  const Eigen::Matrix3Xf posed = project(pose, shape_face(model, identity, expression, Gaze()));
  const MouthGeometry::Places places = MouthGeometry(model).project(identity, expression, pose);
  const SurfacePoints& points = model.landmarks468;
  for (std::size_t i = 0; i < anchor_landmarks.size(); ++i) {
    const Eigen::Vector3i corners = model.triangles.col(points.triangle[anchor_landmarks[i]]);
    Eigen::Vector2f expected(0, 0);
    for (int k = 0; k < 3; ++k) {
      expected += points.barycentric(k, anchor_landmarks[i]) * posed.col(corners[k]).head<2>();
    }
    EXPECT_LT((places.anchors.col(static_cast<Eigen::Index>(i)) - expected.cast<double>()).norm(), 1e-2);
  }
  // The upper teeth stay when the jaw drops, the lower lip does not.
  Eigen::VectorXd open = Eigen::VectorXd::Zero(model.expression_count());
  const MouthGeometry geometry(model);
  const MouthGeometry::Places closed = geometry.project(identity, open, Pose());
  open[model.expression_index("jawOpen")] = 1;
  const MouthGeometry::Places opened = geometry.project(identity, open, Pose());
  EXPECT_LT((opened.upper_teeth - closed.upper_teeth).norm(), 0.05);
  EXPECT_GT(opened.inner(1, 5) - closed.inner(1, 5), 0.5);
}

TEST(MouthGeometry, HoldsAMouthWithoutTeethByTheRestingUpperLip) {
  FaceModel model = test::shipped_face_model();
  const Eigen::VectorXd identity = Eigen::VectorXd::Zero(model.identity_count());
  const Eigen::VectorXd rest = Eigen::VectorXd::Zero(model.expression_count());
  const Eigen::Vector2d teeth = MouthGeometry(model).project(identity, rest, Pose()).upper_teeth;
  for (Region& region : model.region) {
    if (region == Region::teeth) region = Region::gums_tongue;
  }
  const MouthGeometry toothless(model);
  const Eigen::Vector2d lip = toothless.project(identity, rest, Pose()).upper_teeth;
  EXPECT_LT((lip - teeth).norm(), 1.0);
  const Eigen::VectorXd moved = Eigen::VectorXd::Constant(model.expression_count(), 0.5);
  EXPECT_EQ(toothless.project(identity, moved, Pose()).upper_teeth, lip);
}

TEST(MouthGeometry, RefusesModelsWithoutTheFaceMesh) {
  FaceModel model = test::shipped_face_model();
  model.landmarks468 = {};
  EXPECT_THROW(MouthGeometry{model}, ModelError);
}

}  // namespace
}  // namespace reenact
