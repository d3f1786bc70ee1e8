#include "detail/face_layout.h"

#include <gtest/gtest.h>

#include "reenact/core/error.h"
#include "support/synthetic_face.h"

namespace reenact {
namespace {

class FaceLayoutTest : public ::testing::Test {
 protected:
  const FaceModel model_ = test::make_synthetic_face();
  const FaceLayout layout_ = make_face_layout(model_);

  float skin_at(int point) const {
    const Eigen::Vector3i corners = model_.triangles.col(model_.landmarks468.triangle[point]);
    Eigen::Vector3f place = Eigen::Vector3f::Zero();
    for (int i = 0; i < 3; ++i) {
      place += model_.landmarks468.barycentric(i, point) * model_.mean.col(corners[i]);
    }
    const Eigen::Matrix3Xf texel = project(layout_.camera, place);
    return layout_.skin(cvRound(texel(1)), cvRound(texel(0)));
  }
};

TEST_F(FaceLayoutTest, FillsTheSquareWithTheFace) {
  const Eigen::Matrix3Xf posed = project(layout_.camera, model_.mean);
  float low = shading_side;
  float high = 0;
  for (Eigen::Index v = 0; v < model_.vertex_count(); ++v) {
    if (model_.region[static_cast<std::size_t>(v)] != Region::face) continue;
    low = std::min(low, posed.col(v).head<2>().minCoeff());
    high = std::max(high, posed.col(v).head<2>().maxCoeff());
  }
  EXPECT_GT(low, -0.5);
  EXPECT_LT(low, 2);
  EXPECT_LT(high, shading_side - 0.5);
  EXPECT_GT(high, shading_side - 3);
}

/// Interpolating the mean face at a texel of the skin gives the texel's own place.
TEST_F(FaceLayoutTest, KnowsTheSurfaceOfEveryTexel) {
  const Eigen::Matrix3Xf posed = project(layout_.camera, model_.mean);
  int on_skin = 0;
  for (int i = 0; i < shading_side * shading_side; ++i) {
    EXPECT_NEAR(layout_.weights.col(i).sum(), 1, 1e-4);
    EXPECT_NEAR(layout_.normals.col(i).norm(), 1, 1e-4);
    if (layout_.skin(i / shading_side, i % shading_side) == 0) continue;
    ++on_skin;
    Eigen::Vector3f place = Eigen::Vector3f::Zero();
    for (int k = 0; k < 3; ++k) place += layout_.weights(k, i) * posed.col(layout_.corners(k, i));
    EXPECT_NEAR(place.x(), i % shading_side, 0.02);
    EXPECT_NEAR(place.y(), i / shading_side, 0.02);
    EXPECT_NEAR(place.z(), layout_.camera.scale * layout_.depth(i / shading_side, i % shading_side), 0.05);
  }
  EXPECT_GT(on_skin, shading_side * shading_side / 4);
}

TEST_F(FaceLayoutTest, LeavesOutEyesLipsAndNostrils) {
  for (const int point : {33, 159, 263, 386, 61, 0, 17, 291, 98, 327}) EXPECT_EQ(skin_at(point), 0) << point;
  for (const int point : {50, 280, 151}) EXPECT_EQ(skin_at(point), 1) << point;
}

TEST_F(FaceLayoutTest, FadesTowardsTheBorderOfTheFace) {
  EXPECT_EQ(layout_.edge_fade(0, 0), 0);
  EXPECT_EQ(layout_.edge_fade(shading_side / 2, shading_side / 2), 1);
  for (int y = 0; y < shading_side; ++y) {
    for (int x = 1; x < shading_side; ++x) {
      const double step = layout_.edge_fade(y, x) - layout_.edge_fade(y, x - 1);
      EXPECT_LT(std::abs(step), 1.1 / (0.8 * layout_.texels_per_cm()));
    }
  }
}

TEST(FaceLayoutOf, RefusesAModelWithoutMeshLandmarks) {
  FaceModel model = test::make_synthetic_face();
  model.landmarks468 = {};
  EXPECT_THROW(make_face_layout(model), ModelError);
}

}  // namespace
}  // namespace reenact
