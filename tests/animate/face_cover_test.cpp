#include "reenact/animate/face_cover.h"

#include <gtest/gtest.h>

#include <cmath>

#include "reenact/core/landmark_indices.h"
#include "support/synthetic_face.h"

namespace reenact::test {
namespace {

constexpr int size = 128;

/// A head turned to show its right side, and what of it counts as face.
class FaceCoverTest : public testing::Test {
 protected:
  FaceCoverTest() {
    FaceState state;
    state.identity = Eigen::VectorXd::Zero(model_.identity_count());
    state.expression = Eigen::VectorXd::Zero(model_.expression_count());
    state.pose = {rotation_from_angles({35, 0, 0}), 3.0, {64, 64}};
    ConditioningRenderer renderer(model_, state, size);
    const ConditioningMaps& maps = renderer.render(state);
    face_ = FaceCover(model_).plane(maps);
    coverage_.assign(maps.plane(conditioning::coverage), maps.plane(conditioning::coverage) + size * size);
    posed_ = renderer.posed_vertices();
  }

  std::size_t pixel_of(Eigen::Index vertex) const {
    return static_cast<std::size_t>(std::lround(posed_(1, vertex)) * size + std::lround(posed_(0, vertex)));
  }

  FaceModel model_ = make_synthetic_face();
  std::vector<float> face_;
  std::vector<float> coverage_;
  Eigen::Matrix3Xf posed_;
};

TEST_F(FaceCoverTest, IsNothingBesideTheMeshAndAllOfItsFront) {
  for (std::size_t i = 0; i < face_.size(); ++i) ASSERT_LE(face_[i], coverage_[i]);
  EXPECT_EQ(face_[pixel_of(model_.landmarks68[ibug68::nose_base])], 1.0F);
}

TEST_F(FaceCoverTest, ReachesFartherBackAtTheJawThanAboveTheEars) {
  const float ears = model_.mean(1, model_.landmarks68[ibug68::right_ear]);
  constexpr float back_cm = 4;  // behind the front of the face, before the ears
  int jaws = 0;
  int temples = 0;
  for (Eigen::Index v = 0; v < model_.vertex_count(); ++v) {
    const Eigen::Vector3f place = model_.mean.col(v);
    if (place.x() > 0 || std::abs(place.z() - back_cm) > 1 || coverage_[pixel_of(v)] == 0) continue;
    if (place.y() < ears - 3) {
      EXPECT_GT(face_[pixel_of(v)], 0.9F) << place.transpose();
      ++jaws;
    } else if (place.y() > ears + 2) {
      EXPECT_LT(face_[pixel_of(v)], 0.1F) << place.transpose();
      ++temples;
    }
  }
  EXPECT_GT(jaws, 3);
  EXPECT_GT(temples, 3);
}

}  // namespace
}  // namespace reenact::test
