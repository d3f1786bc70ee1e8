#include "reenact/mouth/photo_lips.h"

#include <gtest/gtest.h>

#include "mouth/drawn_mouth.h"

namespace reenact {
namespace {

using test::DrawnMouth;
using test::picture_with;

Eigen::Matrix2Xd inner_lips(const Landmarks& landmarks) {
  return columns(landmarks.points, inner_lip_landmarks);
}

/// Mean distance of the inner lips, without the corners, from where they are drawn.
double error_of(const Landmarks& landmarks, const DrawnMouth& drawn) {
  const Eigen::RowVectorXd distance = (inner_lips(landmarks) - drawn.inner()).colwise().norm();
  return (distance.sum() - distance[0] - distance[lip_landmarks / 2]) / (lip_landmarks - 2);
}

TEST(LipsOnEdge, MovesTheInnerLipsOfAnOpenedMouthOntoTheirEdge) {
  for (const double turn_rad : {0.0, 0.5}) {
    const DrawnMouth mouth{{160, 170}, 40, 14, 14, turn_rad};
    for (const double outwards : {2.0, 4.0}) {
      const Landmarks beside = test::face_around(mouth, outwards);
      const Landmarks on_edge = with_lips_on_edge(picture_with(mouth), beside);
      EXPECT_LT(error_of(on_edge, mouth), 0.65 * error_of(beside, mouth)) << turn_rad << ' ' << outwards;
      EXPECT_EQ(inner_lips(on_edge).col(0), inner_lips(beside).col(0));
      Landmarks others = on_edge;
      for (const int lip : inner_lip_landmarks) others.points.col(lip) = beside.points.col(lip);
      EXPECT_EQ(others.points, beside.points);
    }
  }
}

TEST(LipsOnEdge, HardlyMovesLipsThatTouchAndNeitherTinyMouthsNorPlainSkin) {
  DrawnMouth shut{{160, 170}, 40, 0.2, 14, 0};
  const Landmarks apart = test::face_around(shut, 4);
  EXPECT_LT((with_lips_on_edge(picture_with(shut), apart).points - apart.points).cwiseAbs().maxCoeff(), 1.5);

  const DrawnMouth tiny{{160, 170}, 5, 2, 2, 0};
  const Landmarks around_tiny = test::face_around(tiny, 1);
  EXPECT_EQ(with_lips_on_edge(picture_with(tiny), around_tiny).points, around_tiny.points);

  const Landmarks nowhere = test::face_around(DrawnMouth{{160, 170}, 40, 14, 14, 0}, 3);
  const cv::Mat plain(320, 320, CV_8UC3, test::skin_bgr);
  EXPECT_EQ(with_lips_on_edge(plain, nowhere).points, nowhere.points);
}

}  // namespace
}  // namespace reenact
