#include "reenact/detect/dense_landmarks.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "reenact/detect/dlib68.h"
#include "reenact/detect/face_detector.h"
#include "reenact/media/image.h"
#include "reenact/media/video_reader.h"
#include "support/media_samples.h"

namespace reenact {
namespace {

double mean_distance(const Landmarks& a, const Landmarks& b) {
  return (a.points - b.points).colwise().norm().mean() / interocular_distance(a);
}

/// Where a 2×3 affine map takes points.
Eigen::Matrix2Xd apply(const cv::Matx23d& map, const Eigen::Matrix2Xd& points) {
  Eigen::Matrix2d linear;
  linear << map(0, 0), map(0, 1), map(1, 0), map(1, 1);
  return (linear * points).colwise() + Eigen::Vector2d(map(0, 2), map(1, 2));
}

/// A settled look: the box of a detection, then of the landmarks it gave.
Landmarks look_twice(const LandmarkNetworks& networks, const cv::Mat& image, const FaceBox& box) {
  const Landmarks first = locate_dense_landmarks(networks, image, box);
  return locate_dense_landmarks(networks, image, face_box_from_landmarks(first));
}

InferOptions one_cpu_thread() {
  InferOptions options;
  options.device = "cpu";
  options.threads = 1;
  return options;
}

/// A portrait and a settled look at it, for the tests that run in this process.
struct Portrait {
  LandmarkNetworks networks{REENACT_SOURCE_DIR "/models/landmarks", one_cpu_thread()};
  cv::Mat image = read_photo(testing::real_media("joconde.jpg"));
  cv::Rect2d detection = FaceDetector().detect_in_photo(image).at(0).box;
  Landmarks landmarks = look_twice(networks, image, face_box_from_detection(detection));
};

class DenseLandmarks : public ::testing::Test {
 protected:
  // Not in SetUpTestSuite, whose failure gtest reports as skipped tests.
  void SetUp() override {
    static const Portrait portrait;
    networks_ = &portrait.networks;
    image_ = portrait.image;
    detection_ = portrait.detection;
    landmarks_ = portrait.landmarks;
  }

  const LandmarkNetworks* networks_ = nullptr;
  cv::Mat image_;
  cv::Rect2d detection_;
  Landmarks landmarks_;
};

TEST_F(DenseLandmarks, HaveTheirNumbersAndAClearScore) {
  EXPECT_EQ(landmarks_.points.cols(), 468);
  EXPECT_EQ(landmarks_.iris.cols(), 10);
  EXPECT_GT(landmarks_.score, 0.9);
}

TEST_F(DenseLandmarks, ScoreIsLowWithoutAFace) {
  const cv::Mat nothing = testing::moving_picture({300, 300}, 0);
  EXPECT_LT(locate_dense_landmarks(*networks_, nothing, {{150, 150}, 150, 0}).score, 0.5);
}

TEST_F(DenseLandmarks, AgreeWithDlib) {
  // Pairs of the mesh and of the 68 points: eye corners, mouth corners, tip of the nose.
  constexpr std::array<std::pair<int, int>, 7> pairs = {
      {{33, 36}, {133, 39}, {362, 42}, {263, 45}, {61, 48}, {291, 54}, {1, 30}}};
  const Dlib68Predictor predictor("/usr/share/dlib/shape_predictor_68_face_landmarks.dat");
  const Landmarks sparse = predictor.locate(image_, detection_);
  const double unit = interocular_distance(landmarks_);
  for (const auto& [mesh, ibug] : pairs) {
    EXPECT_LT((landmarks_.points.col(mesh) - sparse.points.col(ibug)).norm(), 0.12 * unit) << mesh;
  }
  const FaceBox from_mesh = face_box_from_landmarks(landmarks_);
  const FaceBox from_dlib = face_box_from_landmarks(sparse);
  EXPECT_LT((from_mesh.centre - from_dlib.centre).norm(), 0.15 * from_mesh.side);
  EXPECT_NEAR(from_dlib.side, from_mesh.side, 0.25 * from_mesh.side);
}

TEST_F(DenseLandmarks, IrisesLieInTheEyes) {
  constexpr std::array<std::pair<int, int>, 2> corners = {{{33, 133}, {263, 362}}};
  for (int eye = 0; eye < 2; ++eye) {
    const Eigen::Vector2d outer = landmarks_.points.col(corners[eye].first);
    const Eigen::Vector2d inner = landmarks_.points.col(corners[eye].second);
    const Eigen::Vector2d pupil = landmarks_.iris.col(5 * eye);
    const double width = (outer - inner).norm();
    EXPECT_LT((pupil - (outer + inner) / 2).norm(), 0.35 * width) << eye;
    for (int edge = 1; edge < 5; ++edge) {
      const double radius = (landmarks_.iris.col(5 * eye + edge) - pupil).norm();
      EXPECT_GT(radius, 0.1 * width);
      EXPECT_LT(radius, 0.4 * width);
    }
  }
}

TEST_F(DenseLandmarks, EyeContoursStayInOrder) {
  // The refined corners must remain the ends of their eye: a mirrored eye picture would swap them.
  for (const auto& [outer, inner] : {std::pair{33, 133}, std::pair{263, 362}}) {
    const Eigen::Vector2d across = landmarks_.points.col(inner) - landmarks_.points.col(outer);
    EXPECT_GT(across.norm(), 0.2 * interocular_distance(landmarks_));
    const Eigen::Vector2d towards_other = landmarks_.points.col(168) - landmarks_.points.col(outer);
    EXPECT_GT(across.dot(towards_other), 0) << "the inner corner lies towards the nose";
  }
  EXPECT_LT(landmarks_.points(1, 159), landmarks_.points(1, 145)) << "upper lid above lower lid";
  EXPECT_LT(landmarks_.points(1, 386), landmarks_.points(1, 374));
}

TEST_F(DenseLandmarks, AnotherLookMovesLittle) {
  const Landmarks again = locate_dense_landmarks(*networks_, image_, face_box_from_landmarks(landmarks_));
  EXPECT_LT(mean_distance(landmarks_, again), 0.03);
}

TEST_F(DenseLandmarks, FollowAMirroredPicture) {
  cv::Mat mirrored;
  cv::flip(image_, mirrored, 1);
  FaceBox box = face_box_from_landmarks(landmarks_);
  const FaceBox same = box;
  box.centre.x() = image_.cols - 1 - box.centre.x();
  box.roll_rad = -box.roll_rad;
  const Landmarks straight = locate_dense_landmarks(*networks_, image_, same);
  const Landmarks reflected = locate_dense_landmarks(*networks_, mirrored, box);
  constexpr std::array<std::pair<int, int>, 6> pairs = {
      {{33, 263}, {133, 362}, {61, 291}, {234, 454}, {1, 1}, {152, 152}}};
  for (const auto& [a, b] : pairs) {
    const Eigen::Vector2d expected(image_.cols - 1 - straight.points(0, a), straight.points(1, a));
    EXPECT_LT((reflected.points.col(b) - expected).norm(), 0.05 * interocular_distance(straight)) << a;
  }
}

TEST_F(DenseLandmarks, FollowATurnedAndScaledPicture) {
  const Eigen::Vector2d centre = face_box_from_landmarks(landmarks_).centre;
  const cv::Matx23d turn =
      cv::getRotationMatrix2D({static_cast<float>(centre.x()), static_cast<float>(centre.y())}, 25, 0.8);
  cv::Mat turned;
  cv::warpAffine(image_, turned, turn, image_.size(), cv::INTER_AREA);
  const FaceBox upright = face_box_from_detection(detection_);
  const Landmarks found = look_twice(*networks_, turned, {centre, 0.8 * upright.side, 0});
  Landmarks expected = landmarks_;
  expected.points = apply(turn, landmarks_.points);
  EXPECT_LT(mean_distance(expected, found), 0.03);
  EXPECT_NEAR(face_box_from_landmarks(found).roll_rad - face_box_from_landmarks(landmarks_).roll_rad,
              -25 * CV_PI / 180, 0.05);
}

TEST_F(DenseLandmarks, ABoxAtTheEdgeOfTheImageIsSafe) {
  const Landmarks landmarks = locate_dense_landmarks(*networks_, image_, {{-500, -500}, 80, 1.0});
  EXPECT_TRUE(landmarks.points.allFinite());
  EXPECT_LT(landmarks.score, 0.5);
}

TEST_F(DenseLandmarks, TrackARealClip) {
  VideoReader reader(testing::real_media("cap13_edit2.mp4"));
  const auto first = reader.read();
  ASSERT_TRUE(first);
  const auto faces = FaceDetector().detect_in_frame(first->image);
  ASSERT_FALSE(faces.empty());
  Landmarks last = look_twice(*networks_, first->image, face_box_from_detection(faces[0].box));
  for (int i = 0; i < 25; ++i) {
    const auto frame = reader.read();
    ASSERT_TRUE(frame);
    const Landmarks now = locate_dense_landmarks(*networks_, frame->image, face_box_from_landmarks(last));
    EXPECT_GT(now.score, 0.9) << i;
    EXPECT_LT(mean_distance(last, now), 0.15) << i;
    last = now;
  }
}

TEST(FaceBox, FollowsATurnOfThePoints) {
  Landmarks landmarks;
  landmarks.points = Eigen::Matrix2Xd::Zero(2, 468);
  for (int i = 0; i < 468; ++i) {
    landmarks.points.col(i) = Eigen::Vector2d(100 + 40 * std::cos(0.1 * i), 120 + 50 * std::sin(0.1 * i));
  }
  landmarks.points.col(33) = Eigen::Vector2d(80, 110);
  landmarks.points.col(263) = Eigen::Vector2d(120, 110);
  const FaceBox upright = face_box_from_landmarks(landmarks);
  EXPECT_NEAR(upright.roll_rad, 0, 1e-12);
  EXPECT_NEAR(upright.side, 100, 0.1);
  const cv::Matx23d turn = cv::getRotationMatrix2D({0, 0}, -40, 1);  // clockwise in the image
  landmarks.points = apply(turn, landmarks.points);
  const FaceBox turned = face_box_from_landmarks(landmarks);
  EXPECT_NEAR(turned.roll_rad, 40 * CV_PI / 180, 1e-9);
  EXPECT_NEAR(turned.side, upright.side, 1e-9);
  EXPECT_LT((turned.centre - apply(turn, upright.centre)).norm(), 1e-9);
}

}  // namespace
}  // namespace reenact
