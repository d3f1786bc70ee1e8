#include "reenact/detect/dlib68.h"

#include <dlib/image_processing/shape_predictor.h>
#include <dlib/opencv.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <sstream>

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
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_THROW(Dlib68Predictor{folder_ / "pipe"}, ModelError) << "which is not waited for";
  expect_refused("");
  expect_refused("no predictor");
  // Version 1, then a shape of 2^56 rows: an allocation that must not happen.
  expect_refused(std::string("\x01\x01\x07\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x01", 12));
}

/// A file of one tree with one split, which compares pixels 0 and `second_pixel` of two. Its initial shape is
/// a line of the length `extent`.
std::string small_predictor_file(int points, unsigned long second_pixel, long leaf_size, float extent = 1,
                                 float leaf_value = 0, float pixel = 0) {
  dlib::impl::regression_tree tree;
  tree.splits.push_back({0, second_pixel, 0.0F});
  tree.leaf_values.assign(2, dlib::uniform_matrix<float>(leaf_size, 1, leaf_value));
  const std::vector<dlib::vector<float, 2>> pixels(2, {pixel, pixel});
  dlib::matrix<float, 0, 1> line(2 * points);
  for (long i = 0; i < line.size(); ++i)
    line(i) = extent * static_cast<float>(i) / static_cast<float>(line.size());
  std::ostringstream file;
  serialize(dlib::shape_predictor(line, {{tree}}, {pixels}), file);
  return file.str();
}

TEST_F(HostileShapePredictor, IsRefusedForWrongCountsAndIndices) {
  const std::string good = small_predictor_file(68, 1, 136);
  testing::write_file(folder_ / "good.dat", good);
  EXPECT_NO_THROW(Dlib68Predictor{folder_ / "good.dat"});
  expect_refused(small_predictor_file(5, 1, 10));
  expect_refused(small_predictor_file(68, 2, 136));
  expect_refused(small_predictor_file(68, 1, 10));
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (const float absurd : {infinity, -infinity, std::nanf(""), 1e9F}) {
    expect_refused(small_predictor_file(68, 1, 136, absurd));
    expect_refused(small_predictor_file(68, 1, 136, 1, absurd));
    expect_refused(small_predictor_file(68, 1, 136, 1, 0, absurd));
  }
  expect_refused(small_predictor_file(68, 1, 136, 0));  // all points in one
  for (std::size_t length = 0; length < good.size(); length += 7) expect_refused(good.substr(0, length));
}

TEST(Dlib68Predictor, EqualsDlibsOwnReader) {
  const cv::Mat image = read_photo(testing::real_media("joconde.jpg"));
  const cv::Rect box(FaceDetector().detect_in_frame(image).at(0).box);
  const Landmarks landmarks = Dlib68Predictor(shape_predictor).locate(image, box);
  dlib::shape_predictor reference;
  dlib::deserialize(shape_predictor.string()) >> reference;
  cv::Mat grey;
  cv::cvtColor(image, grey, cv::COLOR_BGR2GRAY);
  const auto shape = reference(dlib::cv_image<unsigned char>(grey),
                               dlib::rectangle(box.x, box.y, box.br().x - 1, box.br().y - 1));
  for (int i = 0; i < 68; ++i) {
    const dlib::point point = shape.part(static_cast<unsigned long>(i));
    // The offsets of compared pixels are recomputed in float, so a tie may round to a neighbour.
    EXPECT_NEAR(landmarks.points(0, i), static_cast<double>(point.x()), 1) << i;
    EXPECT_NEAR(landmarks.points(1, i), static_cast<double>(point.y()), 1) << i;
  }
}

}  // namespace
}  // namespace reenact
