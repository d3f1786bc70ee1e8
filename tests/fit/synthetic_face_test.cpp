#include "support/synthetic_face.h"

#include <gtest/gtest.h>

#include "fit/fit_cases.h"

namespace reenact::test {
namespace {

TEST(SyntheticFace, IsAValidModelOfModestSize) {
  EXPECT_NO_THROW(face().validate());
  EXPECT_LE(face().vertex_count(), 1500);
  EXPECT_EQ(face().identity_count(), 8);
  EXPECT_EQ(face().landmarks468.size(), 468);
}

TEST(SyntheticFace, MirrorMapPairsVerticesAcrossTheMiddle) {
  for (Eigen::Index i = 0; i < face().vertex_count(); ++i) {
    const int other = face().mirror[i];
    EXPECT_EQ(face().mirror[other], i);
    const Eigen::Vector3f reflected = face().mean.col(i).cwiseProduct(Eigen::Vector3f(-1, 1, 1));
    EXPECT_LT((reflected - face().mean.col(other)).norm(), 1e-4F) << "vertex " << i;
  }
}

TEST(SyntheticFace, TrianglesFaceOutwards) {
  int frontal = 0, towards_viewer = 0;
  for (Eigen::Index t = 0; t < face().triangles.cols(); ++t) {
    const Eigen::Vector3i corners = face().triangles.col(t);
    if (face().region[static_cast<std::size_t>(corners[0])] != Region::face) continue;
    if (face().mean.col(corners[0]).z() < 4) continue;
    const Eigen::Vector3f a = face().mean.col(corners[0]);
    const Eigen::Vector3f normal = (face().mean.col(corners[1]) - a).cross(face().mean.col(corners[2]) - a);
    ++frontal;
    towards_viewer += normal.z() >= 0 ? 1 : 0;
  }
  EXPECT_GT(frontal, 300);
  EXPECT_GT(towards_viewer, 0.97 * frontal);
}

TEST(SyntheticFace, BlinkClosesTheEyeAndMouthCloseUndoesTheOpenJaw) {
  const Eigen::VectorXd neutral_identity = Eigen::VectorXd::Zero(8);
  const auto gap = [&](const Eigen::VectorXd& expression, int upper, int lower) {
    const Landmarks seen = observe(face(), LandmarkScheme::mesh468, neutral_identity, expression, {}, Pose{});
    return (seen.points.col(upper) - seen.points.col(lower)).norm();
  };
  Eigen::VectorXd expression = Eigen::VectorXd::Zero(face().expression_count());
  EXPECT_GT(gap(expression, 159, 145), 0.7);
  EXPECT_LT(gap(expression, 13, 14), 1e-4);
  expression[face().expression_index("eyeBlink_R")] = 1;
  EXPECT_LT(gap(expression, 159, 145), 0.1);
  expression[face().expression_index("jawOpen")] = 1;
  EXPECT_GT(gap(expression, 13, 14), 1.5);
  expression[face().expression_index("mouthClose")] = 1;
  EXPECT_LT(gap(expression, 13, 14), 0.1);
}

}  // namespace
}  // namespace reenact::test
