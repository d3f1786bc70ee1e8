#include "reenact/metrics/identity.h"

#include <gtest/gtest.h>

#include <limits>
#include <opencv2/imgproc.hpp>

#include "metrics/reference.h"
#include "reenact/core/error.h"

namespace reenact {
namespace {

using test::landmarks_from;
using test::reference;

/// Rounding to 8 bits, and OpenCV's positions in steps of 1/32 pixel.
constexpr double pixel_tolerance = 1;

/// 250×250; the blue of a pixel is its x, the green its y.
cv::Mat coordinate_picture() {
  cv::Mat picture(250, 250, CV_8UC3);
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      picture.at<cv::Vec3b>(y, x) = {cv::saturate_cast<uchar>(x), cv::saturate_cast<uchar>(y), 200};
    }
  }
  return picture;
}

TEST(AlignFace, FollowsTheSimilarityOfScikitImage) {
  const cv::Mat picture = coordinate_picture();
  for (const nlohmann::json& alignment : reference("alignments")) {
    const cv::Mat aligned = align_face(picture, landmarks_from(alignment.at("points")));
    ASSERT_EQ(aligned.size(), cv::Size(150, 150));
    const auto& matrix = alignment.at("image_from_aligned");
    int compared = 0;
    for (int v = 5; v < 150; v += 20) {
      for (int u = 5; u < 150; u += 20) {
        const auto coordinate = [&](std::size_t row) {
          return matrix.at(row).at(0).get<double>() * u + matrix.at(row).at(1).get<double>() * v +
                 matrix.at(row).at(2).get<double>();
        };
        if (!cv::Rect(1, 1, 248, 248).contains(cv::Point(int(coordinate(0)), int(coordinate(1))))) continue;
        const auto pixel = aligned.at<cv::Vec3b>(v, u);
        EXPECT_NEAR(pixel[0], coordinate(0), pixel_tolerance);
        EXPECT_NEAR(pixel[1], coordinate(1), pixel_tolerance);
        ++compared;
      }
    }
    EXPECT_GT(compared, 30);
  }
}

TEST(AlignFace, ShrinksALargeFaceWithoutAShift) {
  Landmarks landmarks = landmarks_from(reference("alignments").at(0).at("points"));
  const cv::Mat small = coordinate_picture();
  const cv::Mat aligned = align_face(small, landmarks);
  cv::Mat large;  // pixel centres at 8 times the coordinates
  const cv::Matx23d eightfold(8, 0, 0, 0, 8, 0);
  cv::warpAffine(small, large, eightfold, {2000, 2000}, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  landmarks.points *= 8;
  const cv::Mat shrunk = align_face(large, landmarks);
  const cv::Rect middle(30, 30, 90, 90);
  EXPECT_LT(cv::norm(aligned(middle), shrunk(middle), cv::NORM_INF), 3);
}

TEST(AlignFace, RefusesUnusableLandmarksAndPictures) {
  const cv::Mat picture = coordinate_picture();
  const Landmarks good = landmarks_from(reference("alignments").at(0).at("points"));
  Landmarks one_place = good;
  one_place.points.setConstant(10);
  Landmarks not_finite = good;
  not_finite.points(1, 45) = std::numeric_limits<double>::infinity();
  Landmarks too_few = good;
  too_few.points.resize(2, 10);
  EXPECT_THROW(align_face(picture, one_place), InputError);
  EXPECT_THROW(align_face(picture, not_finite), InputError);
  EXPECT_THROW(align_face(picture, too_few), InputError);
  EXPECT_THROW(align_face(cv::Mat(), good), InputError);
}

TEST(AlignedFacePlanes, AreRedGreenBlueInUnitRange) {
  const Landmarks landmarks = landmarks_from(reference("alignments").at(0).at("points"));
  const std::vector<float> planes = aligned_face_planes(coordinate_picture(), landmarks);
  ASSERT_EQ(planes.size(), 3U * 150 * 150);
  const std::size_t middle = 75 * 150 + 75;
  EXPECT_FLOAT_EQ(planes[middle], 200.0F / 255);
}

TEST(CosineSimilarity, EqualsNumPy) {
  const auto embeddings = reference("embeddings").get<std::vector<std::vector<float>>>();
  const Eigen::VectorXf a = Eigen::Map<const Eigen::VectorXf>(embeddings[0].data(), 128);
  const Eigen::VectorXf b = Eigen::Map<const Eigen::VectorXf>(embeddings[1].data(), 128);
  EXPECT_NEAR(cosine_similarity(a, b), reference("cosine").get<double>(), 1e-6);
  EXPECT_NEAR(cosine_similarity(a, 3 * a), 1, 1e-6);
  EXPECT_NEAR(cosine_similarity(a, -a), -1, 1e-6);
}

TEST(CosineSimilarity, RefusesZeroAndOtherSizes) {
  const Eigen::VectorXf a = Eigen::VectorXf::Ones(128);
  EXPECT_THROW(cosine_similarity(a, Eigen::VectorXf::Zero(128)), InputError);
  EXPECT_THROW(cosine_similarity(a, Eigen::VectorXf::Ones(64)), InputError);
}

}  // namespace
}  // namespace reenact
