#include "reenact/track/landmark_refiner.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "reenact/render/rasterizer.h"
#include "support/synthetic_face.h"

namespace reenact {
namespace {

constexpr int frame_size = 320;

FaceFit face_at(const FaceModel& model, const HeadAngles& angles, const Eigen::Vector2d& centre) {
  FaceFit fit;
  fit.pose = {rotation_from_angles(angles), 11.0, centre};
  fit.identity = Eigen::VectorXd::Zero(model.identity_count());
  fit.expression = Eigen::VectorXd::Zero(model.expression_count());
  fit.interocular_px = interocular_distance(
      test::observe(model, LandmarkScheme::mesh468, fit.identity, fit.expression, fit.gaze, fit.pose));
  return fit;
}

Landmarks landmarks_of(const FaceModel& model, const FaceFit& fit) {
  return test::observe(model, LandmarkScheme::mesh468, fit.identity, fit.expression, fit.gaze, fit.pose);
}

/// The head with skin that has waves of a few millimetres painted on, before a plain background. 8-bit BGR.
cv::Mat picture_of(const FaceModel& model, const FaceFit& fit) {
  Raster raster;
  rasterize(project(fit.pose, shape_face(model, fit.identity, fit.expression, fit.gaze)), model.triangles,
            frame_size, false, raster);
  cv::Mat picture(frame_size, frame_size, CV_8UC3, cv::Scalar::all(90));
  for (int y = 0; y < frame_size; ++y) {
    for (int x = 0; x < frame_size; ++x) {
      const auto pixel = static_cast<std::size_t>(y) * frame_size + static_cast<std::size_t>(x);
      if (raster.triangle[pixel] < 0) continue;
      const Eigen::Vector3i corners = model.triangles.col(raster.triangle[pixel]);
      Eigen::Vector3f place = Eigen::Vector3f::Zero();
      for (int i = 0; i < 3; ++i) {
        place += raster.barycentric[static_cast<std::size_t>(i)][pixel] *
                 model.neutral_coordinates.col(corners[i]);
      }
      const float wave =
          std::sin(60.0F * place.x() + 17.0F * place.y()) + std::sin(47.0F * place.y() - 9.0F * place.x());
      picture.at<cv::Vec3b>(y, x) = cv::Vec3b::all(static_cast<std::uint8_t>(140.0F + 45.0F * wave));
    }
  }
  return picture;
}

double mean_distance(const Landmarks& a, const Landmarks& b) {
  return (a.points - b.points).colwise().norm().mean();
}

class LandmarkRefinerTest : public ::testing::Test {
 protected:
  /// The refined landmarks of a frame whose landmarks and fit are those of `guess`.
  Landmarks refined(const cv::Mat& picture, const FaceFit& guess) {
    const FaceFit keyframe = face_at(model_, {0, 0, 0}, {160, 170});
    LandmarkRefiner refiner(model_);
    refiner.set_keyframe(*face_view(picture_of(model_, keyframe), landmarks_of(model_, keyframe)), keyframe);
    const Landmarks guessed = landmarks_of(model_, guess);
    return refiner.refine(guessed, *face_view(picture, guessed), guess);
  }

  const FaceModel model_ = test::make_synthetic_face();
};

TEST_F(LandmarkRefinerTest, PullsLandmarksToTheSkin) {
  const FaceFit truth = face_at(model_, {9, -4, 3}, {171, 163});
  const FaceFit guess = face_at(model_, {10.5, -3, 2}, {173, 161.5});
  const Landmarks expected = landmarks_of(model_, truth);
  const double before = mean_distance(landmarks_of(model_, guess), expected);
  const double after = mean_distance(refined(picture_of(model_, truth), guess), expected);
  EXPECT_GT(before, 2.0);
  EXPECT_LT(after, 0.35 * before);
}

TEST_F(LandmarkRefinerTest, LeavesWhatIsRightWhereItIs) {
  const FaceFit truth = face_at(model_, {-7, 3, -2}, {150, 175});
  const Landmarks expected = landmarks_of(model_, truth);
  // A quarter of a pixel: two resamplings and the search.
  EXPECT_LT(mean_distance(refined(picture_of(model_, truth), truth), expected), 0.25);
}

TEST_F(LandmarkRefinerTest, DoesNotBelieveWhatAHandCovers) {
  const FaceFit truth = face_at(model_, {0, 0, 0}, {160, 170});
  cv::Mat picture = picture_of(model_, truth);
  picture.rowRange(170, frame_size) = cv::Scalar::all(255);
  const FaceFit guess = face_at(model_, {0, 0, 0}, {162, 170});
  const Landmarks guessed = landmarks_of(model_, guess);
  const Landmarks moved = refined(picture, guess);
  int covered = 0;
  for (Eigen::Index n = 0; n < guessed.points.cols(); ++n) {
    if (guessed.points(1, n) < 190) continue;
    ++covered;
    EXPECT_EQ(moved.points.col(n), guessed.points.col(n));
  }
  EXPECT_GT(covered, 50);
}

TEST_F(LandmarkRefinerTest, FlowLosesWhereItDisagreesWithTheNetwork) {
  const FaceFit truth = face_at(model_, {0, 0, 0}, {160, 170});
  Landmarks guessed = landmarks_of(model_, truth);
  const double eye_distance = interocular_distance(guessed);
  const FaceFit& guess = truth;
  // Three cheek points that the network puts elsewhere: a little, more, and far.
  constexpr std::array<double, 3> away = {0.03, 0.075, 0.12};
  constexpr std::array<int, 3> cheek = {50, 280, 205};
  const Eigen::Matrix2Xd seen = guessed.points;
  for (std::size_t i = 0; i < cheek.size(); ++i) guessed.points(1, cheek[i]) += away[i] * eye_distance;
  LandmarkRefiner refiner(model_);
  const cv::Mat picture = picture_of(model_, truth);
  refiner.set_keyframe(*face_view(picture, guessed), guess);
  const Landmarks moved = refiner.refine(guessed, *face_view(picture, guessed), guess);
  const auto left = [&](int n) { return (moved.points.col(n) - seen.col(n)).norm() / eye_distance; };
  EXPECT_LT(left(cheek[0]), 0.01);
  EXPECT_GT(left(cheek[1]), 0.02);
  EXPECT_LT(left(cheek[1]), 0.055);
  EXPECT_EQ(moved.points.col(cheek[2]), guessed.points.col(cheek[2]));
}

TEST_F(LandmarkRefinerTest, ChangesNothingBeforeAKeyframe) {
  const FaceFit face = face_at(model_, {0, 0, 0}, {160, 170});
  const Landmarks seen = landmarks_of(model_, face);
  LandmarkRefiner refiner(model_);
  EXPECT_EQ(refiner.refine(seen, *face_view(picture_of(model_, face), seen), face).points, seen.points);
}

TEST_F(LandmarkRefinerTest, LeavesIrisAndInnerLipsToTheNetwork) {
  const FaceFit truth = face_at(model_, {5, 0, 0}, {160, 170});
  const FaceFit guess = face_at(model_, {5, 0, 0}, {162, 170});
  const Landmarks guessed = landmarks_of(model_, guess);
  const Landmarks moved = refined(picture_of(model_, truth), guess);
  EXPECT_EQ(moved.iris, guessed.iris);
  for (const int inner_lip : {13, 14, 78, 308}) {
    EXPECT_EQ(moved.points.col(inner_lip), guessed.points.col(inner_lip));
  }
  EXPECT_NE(moved.points.col(0), guessed.points.col(0));
}

TEST(FaceView, CoversTheLandmarksAndRepeatsTheEdge) {
  cv::Mat frame(60, 80, CV_8UC3, cv::Scalar::all(10));
  frame.col(0) = cv::Scalar::all(200);
  Landmarks landmarks;
  landmarks.points.resize(2, 2);
  landmarks.points << -10, 30, 5, 45;
  const std::optional<FaceView> view = face_view(frame, landmarks);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->grey.size(), cv::Size(face_view_size, face_view_size));
  EXPECT_LE(view->square.left, -10);
  EXPECT_GE(view->square.left + view->square.side, 30);
  EXPECT_EQ(view->grey.at<std::uint8_t>(64, 0), 200);
  EXPECT_EQ(view->grey.at<std::uint8_t>(64, face_view_size - 1), 10);
}

TEST(FaceView, RefusesFacesThatAreTooSmallTooLargeOrElsewhere) {
  const cv::Mat frame(60, 80, CV_8UC3, cv::Scalar::all(10));
  Landmarks landmarks;
  landmarks.points.resize(2, 2);
  landmarks.points << 10, 13, 10, 13;
  EXPECT_FALSE(face_view(frame, landmarks));
  landmarks.points << -9000, 9000, 0, 10;
  EXPECT_FALSE(face_view(frame, landmarks));
  landmarks.points << 500, 540, 500, 540;
  EXPECT_FALSE(face_view(frame, landmarks));
}

}  // namespace
}  // namespace reenact
