#include "animate/covered_sides.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "reenact/core/landmark_indices.h"
#include "support/synthetic_face.h"

namespace reenact::test {
namespace {

constexpr int size = 256;
const cv::Scalar skin_colour(120, 150, 210);
const cv::Scalar hair_colour(20, 30, 40);

class CoveredSides : public testing::Test {
 protected:
  /// A photo of the model from the front, all of it skin.
  FittedPhoto photo() const {
    FittedPhoto photo;
    photo.picture = cv::Mat(size, size, CV_8UC3, skin_colour);
    photo.alpha = cv::Mat(size, size, CV_8UC1, cv::Scalar(255));
    photo.state.identity = Eigen::VectorXd::Zero(model.identity_count());
    photo.state.expression = Eigen::VectorXd::Zero(model.expression_count());
    photo.state.pose.scale = 6;
    photo.state.pose.translation = {size / 2, size / 2};
    photo.landmarks = observe(model, LandmarkScheme::mesh468, photo.state.identity, photo.state.expression,
                              photo.state.gaze, photo.state.pose);
    return photo;
  }

  /// Column of the photo beyond which a share of the face's width lies on the subject's left.
  static int left_of(const FittedPhoto& photo, double share) {
    const Eigen::RowVectorXd x = photo.landmarks.points.row(0);
    return cvRound(x.minCoeff() + (1 - share) * (x.maxCoeff() - x.minCoeff()));
  }

  FaceModel model = make_synthetic_face();
};

TEST_F(CoveredSides, BareSkinIsNotCovered) {
  const Eigen::VectorXf covered = covered_sides(model, photo());
  ASSERT_EQ(covered.size(), model.vertex_count());
  EXPECT_LT(covered.maxCoeff(), 0.1F);
}

TEST_F(CoveredSides, HairBeforeOneSideCoversThatSide) {
  FittedPhoto hairy = photo();
  hairy.picture.colRange(left_of(hairy, 0.15), size).setTo(hair_colour);
  const Eigen::VectorXf covered = covered_sides(model, hairy);
  const float widest = model.mean.row(0).maxCoeff();
  const float ear_height = model.mean(1, model.landmarks68[ibug68::left_ear]);
  int at_the_side = 0;
  for (Eigen::Index i = 0; i < covered.size(); ++i) {
    const Region region = model.region[static_cast<std::size_t>(i)];
    if (region != Region::face && region != Region::head) {
      EXPECT_EQ(covered[i], 0.0F);
      continue;
    }
    const bool beside_the_ear = std::abs(model.mean(1, i) - ear_height) < 2;
    if (beside_the_ear && model.mean(0, i) > 0.95F * widest) {
      ++at_the_side;
      EXPECT_GT(covered[i], 0.5F) << i;
    }
    if (model.mean(0, i) < -0.8F * widest && beside_the_ear && model.mean(2, i) > 0) {
      EXPECT_LT(covered[i], 0.2F) << i;
    }
  }
  EXPECT_GT(at_the_side, 0);
}

TEST_F(CoveredSides, BackgroundBesideThePersonCoversNothing) {
  FittedPhoto alone = photo();
  const int edge = left_of(alone, 0.02);
  alone.picture.colRange(edge, size).setTo(hair_colour);
  alone.alpha.colRange(edge, size).setTo(0);
  EXPECT_LT(covered_sides(model, alone).maxCoeff(), 0.1F);
}

TEST_F(CoveredSides, NothingBeforeTheFrontCounts) {
  FittedPhoto masked = photo();
  cv::circle(masked.picture, {size / 2, size / 2}, 12, hair_colour, cv::FILLED);
  EXPECT_LT(covered_sides(model, masked).maxCoeff(), 0.5F);
}

}  // namespace
}  // namespace reenact::test
