#include "reenact/detail/fold_colour.h"

#include <gtest/gtest.h>

#include "detail/drawn_skin.h"
#include "support/synthetic_face.h"

namespace reenact::test {
namespace {

const std::array<float, 3> neutral = {1, 1, 1};

cv::Mat plain(const cv::Scalar& colour) { return {view_size, view_size, CV_8UC3, colour}; }

TEST(FoldDepth, IsDeepestInBlueAndLeastInRedOnSkin) {
  const FaceModel model = make_synthetic_face();
  const std::array<float, 3> depth = fold_depth(model, face_at(model), plain({110, 140, 190}));
  EXPECT_NEAR(depth[0], 1.34, 0.02);
  EXPECT_NEAR(depth[1], 1.12, 0.02);
  EXPECT_NEAR(depth[2], 0.78, 0.02);
}

TEST(FoldDepth, LeavesGreyPhotosGrey) {
  const FaceModel model = make_synthetic_face();
  EXPECT_EQ(fold_depth(model, face_at(model), plain({120, 120, 120})), neutral);
  EXPECT_EQ(fold_depth(model, face_at(model), plain({160, 120, 100})), neutral) << "a blue face";
}

TEST(FoldDepth, IsNeutralWhereNoSkinIsSeenOrKnown) {
  FaceModel model = make_synthetic_face();
  FaceState away = face_at(model);
  away.pose.translation = {-500, -500};
  EXPECT_EQ(fold_depth(model, away, plain({110, 140, 190})), neutral);
  model.landmarks468 = {};
  EXPECT_EQ(fold_depth(model, face_at(model), plain({110, 140, 190})), neutral);
}

}  // namespace
}  // namespace reenact::test
