#include "animate/surface_continuation.h"

#include <gtest/gtest.h>

#include "support/synthetic_face.h"

namespace reenact::test {
namespace {

class SurfaceContinuationTest : public testing::Test {
 protected:
  Eigen::MatrixXf continued(const Eigen::MatrixXf& values) const {
    return continue_over_skin(model_, model_.mean, known_, values);
  }

  FaceModel model_ = make_synthetic_face();
  std::vector<bool> known_ = std::vector<bool>(static_cast<std::size_t>(model_.vertex_count()));
};

TEST_F(SurfaceContinuationTest, KeepsWhatIsKnownAndStaysBetween) {
  Eigen::MatrixXf values = Eigen::MatrixXf::Zero(2, model_.vertex_count());
  for (Eigen::Index v = 0; v < model_.vertex_count(); ++v) {
    if (!is_skin(model_, v) || std::abs(model_.mean(0, v)) < 4) continue;
    known_[static_cast<std::size_t>(v)] = true;
    values.col(v) = model_.mean(0, v) > 0 ? Eigen::Vector2f(0.2F, 3) : Eigen::Vector2f(0.8F, -1);
  }
  const Eigen::MatrixXf result = continued(values);
  int between = 0;
  for (Eigen::Index v = 0; v < model_.vertex_count(); ++v) {
    if (!is_skin(model_, v)) continue;
    if (known_[static_cast<std::size_t>(v)]) {
      EXPECT_EQ(result.col(v), values.col(v));
      continue;
    }
    EXPECT_GE(result(0, v), 0.2F - 1e-3F);
    EXPECT_LE(result(0, v), 0.8F + 1e-3F);
    EXPECT_GE(result(1, v), -1.0F - 1e-3F);
    EXPECT_LE(result(1, v), 3.0F + 1e-3F);
    if (result(0, v) > 0.3F && result(0, v) < 0.7F) ++between;
  }
  EXPECT_GT(between, 10);
}

TEST_F(SurfaceContinuationTest, ContinuesOneValueEverywhere) {
  Eigen::MatrixXf values = Eigen::MatrixXf::Zero(1, model_.vertex_count());
  const Eigen::Index nose = model_.landmarks68[30];
  known_[static_cast<std::size_t>(nose)] = true;
  values(0, nose) = 0.6F;
  const Eigen::MatrixXf result = continued(values);
  for (Eigen::Index v = 0; v < model_.vertex_count(); ++v) {
    if (model_.region[static_cast<std::size_t>(v)] == Region::face) {
      EXPECT_NEAR(result(0, v), 0.6F, 0.01F) << v;
    }
  }
}

TEST_F(SurfaceContinuationTest, IsNothingWhereNothingIsKnown) {
  EXPECT_EQ(continued(Eigen::MatrixXf::Zero(1, model_.vertex_count())).norm(), 0);
}

}  // namespace
}  // namespace reenact::test
