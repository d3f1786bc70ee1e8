#include "reenact/detect/dlib68.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "reenact/core/error.h"
#include "reenact/detect/face_detector.h"
#include "reenact/media/image.h"
#include "support/media_samples.h"
#include "support/temporary_directory.h"

namespace reenact {
namespace {

const std::filesystem::path shape_predictor = "/usr/share/dlib/shape_predictor_68_face_landmarks.dat";

TEST(Dlib68Predictor, PutsThePointsOnThePartsOfTheFace) {
  const cv::Mat image = read_photo(testing::real_media("joconde.jpg"));
  const cv::Rect2d box = FaceDetector().detect_in_photo(image).at(0).box;
  const Dlib68Predictor predictor(shape_predictor);
  const Landmarks landmarks = predictor.locate(image, box);
  EXPECT_EQ(landmarks.scheme, LandmarkScheme::dlib68);
  ASSERT_EQ(landmarks.points.cols(), 68);
  EXPECT_EQ(landmarks.iris.cols(), 0);
  const auto& points = landmarks.points;
  EXPECT_LT(points(0, 36), points(0, 45)) << "the subject's right eye is on the left";
  EXPECT_LT(points(1, 36), points(1, 30)) << "eyes above the tip of the nose";
  EXPECT_LT(points(1, 30), points(1, 51)) << "nose above the mouth";
  EXPECT_LT(points(1, 57), points(1, 8)) << "mouth above the chin";
  EXPECT_GT(interocular_distance(landmarks), 0.4 * box.width);

  cv::Mat shifted(image.rows + 20, image.cols + 30, CV_8UC3, cv::Scalar::all(0));
  image.copyTo(shifted(cv::Rect(30, 20, image.cols, image.rows)));
  const Landmarks moved = predictor.locate(shifted, {box.x + 30, box.y + 20, box.width, box.height});
  EXPECT_LT(((moved.points - points).colwise() - Eigen::Vector2d(30, 20)).cwiseAbs().maxCoeff(), 1e-9);
}

class HostileShapePredictor : public ::testing::Test {
 protected:
  void expect_refused(const std::string& bytes) {
    testing::write_file(folder_ / "predictor.dat", bytes);
    EXPECT_THROW(Dlib68Predictor{folder_ / "predictor.dat"}, ModelError);
  }
  testing::TemporaryDirectory folder_;
};

TEST_F(HostileShapePredictor, IsRefused) {
  EXPECT_THROW(Dlib68Predictor{folder_ / "absent.dat"}, ModelError);
  EXPECT_THROW(Dlib68Predictor{folder_.path()}, ModelError);
  expect_refused("");
  expect_refused("no predictor");
  // Version 1, then a shape of 2^56 rows: an allocation that must not happen.
  expect_refused(std::string("\x01\x01\x07\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x01", 12));
}

TEST_F(HostileShapePredictor, IsRefusedWhenCutOrOfOtherIndices) {
  const std::string start = testing::read_file(shape_predictor).substr(0, 100'000);
  ASSERT_EQ(start.size(), 100'000U);
  expect_refused(start);
  cv::RNG random(11);
  for (int trial = 0; trial < 20; ++trial) {
    std::string broken = start;
    for (int change = 0; change < 5; ++change) {
      broken[static_cast<std::size_t>(random.uniform(0, 4000))] = static_cast<char>(random.uniform(0, 256));
    }
    expect_refused(broken);
  }
}

}  // namespace
}  // namespace reenact
