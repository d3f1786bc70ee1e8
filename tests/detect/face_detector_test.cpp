#include "reenact/detect/face_detector.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "reenact/media/image.h"
#include "support/media_samples.h"

namespace reenact {
namespace {

cv::Point2d centre_of(const cv::Rect2d& box) { return {box.x + box.width / 2, box.y + box.height / 2}; }

class FaceDetectorTest : public ::testing::Test {
 protected:
  cv::Mat portrait_ = read_photo(testing::real_media("joconde.jpg"));
  FaceDetector detector_;
};

TEST_F(FaceDetectorTest, FindsTheFaceOfAPortraitOnce) {
  const auto faces = detector_.detect_in_photo(portrait_);
  ASSERT_EQ(faces.size(), 1U);
  const auto fast = detector_.detect_in_frame(portrait_);
  ASSERT_EQ(fast.size(), 1U);
  EXPECT_LT(cv::norm(centre_of(faces[0].box) - centre_of(fast[0].box)), 0.15 * faces[0].box.width);
  EXPECT_GT(faces[0].confidence, 0.5);
}

TEST_F(FaceDetectorTest, FindsTheLargestFaceAsTheThoroughSearchDoes) {
  const cv::Rect2d thorough = detector_.detect_in_photo(portrait_)[0].box;
  for (const double scale : {1.0, 0.3}) {
    cv::Mat resized;
    cv::resize(portrait_, resized, {}, scale, scale, cv::INTER_AREA);
    const auto faces = detector_.detect_largest_in_photo(resized);
    ASSERT_FALSE(faces.empty()) << scale;
    EXPECT_LT(cv::norm(centre_of(faces[0].box) / scale - centre_of(thorough)), 0.15 * thorough.width)
        << scale;
    EXPECT_NEAR(faces[0].box.width / scale, thorough.width, 0.25 * thorough.width) << scale;
  }
}

TEST_F(FaceDetectorTest, GivesBoxesInPixelsOfTheGivenImage) {
  const cv::Rect2d box = detector_.detect_in_photo(portrait_)[0].box;
  for (const double scale : {0.5, 2.0}) {
    cv::Mat resized;
    cv::resize(portrait_, resized, {}, scale, scale, cv::INTER_AREA);
    const auto faces = detector_.detect_in_photo(resized);
    ASSERT_EQ(faces.size(), 1U) << scale;
    EXPECT_LT(cv::norm(centre_of(faces[0].box) / scale - centre_of(box)), 0.15 * box.width) << scale;
    EXPECT_NEAR(faces[0].box.width / scale, box.width, 0.25 * box.width) << scale;
  }
}

TEST_F(FaceDetectorTest, FindsAFaceOfFiftyPixelsInAFrame) {
  const cv::Rect2d box = detector_.detect_in_photo(portrait_)[0].box;
  cv::Mat frame(360, 640, CV_8UC3, cv::Scalar(90, 110, 100));
  cv::Mat small;
  const double scale = 50 / box.width;
  cv::resize(portrait_, small, {}, scale, scale, cv::INTER_AREA);
  const cv::Rect place(200, 20, std::min(small.cols, 400), std::min(small.rows, 320));
  small(cv::Rect(0, 0, place.width, place.height)).copyTo(frame(place));
  const auto faces = detector_.detect_in_frame(frame);
  ASSERT_EQ(faces.size(), 1U);
  EXPECT_LT(cv::norm(centre_of(faces[0].box) - (centre_of(box) * scale + cv::Point2d(200, 20))), 12);
}

TEST_F(FaceDetectorTest, FindsSmallFacesInLargeFrames) {
  const cv::Rect2d box = detector_.detect_in_photo(portrait_)[0].box;
  for (const cv::Size size : {cv::Size(1920, 1080), cv::Size(3840, 2160)}) {
    for (const double face : {56.0, 90.0, 131.0}) {
      cv::Mat frame(size, CV_8UC3, cv::Scalar(90, 110, 100));
      cv::Mat small;
      const double scale = face / box.width;
      cv::resize(portrait_, small, {}, scale, scale, cv::INTER_AREA);
      const cv::Rect seen(0, 0, small.cols, std::min(small.rows, size.height - 300));
      small(seen).copyTo(frame(seen + cv::Point(700, 300)));
      const auto fast = detector_.detect_in_frame(frame);
      const auto faces = fast.empty() ? detector_.detect_small_in_frame(frame) : fast;
      ASSERT_EQ(faces.size(), 1U) << size << ' ' << face;
      EXPECT_LT(cv::norm(centre_of(faces[0].box) - (centre_of(box) * scale + cv::Point2d(700, 300))),
                face / 4);
    }
  }
}

TEST_F(FaceDetectorTest, FindsASmallFaceInAPanorama) {
  const double scale = 220 / detector_.detect_in_photo(portrait_)[0].box.width;
  cv::Mat small;
  cv::resize(portrait_, small, {}, scale, scale, cv::INTER_AREA);
  cv::Mat panorama(900, 12000, CV_8UC3, cv::Scalar(90, 110, 100));
  const cv::Rect seen(0, 0, small.cols, std::min(small.rows, panorama.rows));
  small(seen).copyTo(panorama(seen + cv::Point(5000, 0)));
  EXPECT_EQ(detector_.detect_in_photo(panorama).size(), 1U);
}

TEST_F(FaceDetectorTest, SortsTwoFacesByArea) {
  cv::Mat half;
  cv::resize(portrait_, half, {}, 0.6, 0.6, cv::INTER_AREA);
  cv::Mat both(portrait_.rows, portrait_.cols + half.cols, CV_8UC3, cv::Scalar::all(128));
  portrait_.copyTo(both(cv::Rect(half.cols, 0, portrait_.cols, portrait_.rows)));
  half.copyTo(both(cv::Rect(0, 0, half.cols, half.rows)));
  const auto faces = detector_.detect_in_photo(both);
  ASSERT_EQ(faces.size(), 2U);
  EXPECT_GT(faces[0].box.area(), faces[1].box.area());
  EXPECT_GT(faces[0].box.x, faces[1].box.x);
}

TEST_F(FaceDetectorTest, FindsATiltedFaceInAPhoto) {
  const cv::Point2d centre = centre_of(detector_.detect_in_photo(portrait_)[0].box);
  for (const double angle_deg : {-35.0, 35.0}) {
    cv::Mat tilted;
    cv::warpAffine(portrait_, tilted, cv::getRotationMatrix2D(centre, angle_deg, 1.0), portrait_.size(),
                   cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    const auto faces = detector_.detect_in_photo(tilted);
    ASSERT_GE(faces.size(), 1U) << angle_deg;
    EXPECT_LT(cv::norm(centre_of(faces[0].box) - centre), 0.3 * faces[0].box.width) << angle_deg;
  }
}

TEST_F(FaceDetectorTest, FindsNothingWhereThereIsNothing) {
  EXPECT_TRUE(detector_.detect_in_photo(testing::moving_picture({400, 300}, 0)).empty());
  EXPECT_TRUE(detector_.detect_in_frame(cv::Mat::zeros(32, 32, CV_8UC3)).empty());
  EXPECT_TRUE(detector_.detect_in_frame(cv::Mat::zeros(3, 4000, CV_8UC3)).empty());
}

}  // namespace
}  // namespace reenact
