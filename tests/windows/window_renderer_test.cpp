#include "reenact/windows/window_renderer.h"

#include <gtest/gtest.h>

#include <Eigen/Geometry>
#include <algorithm>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <string>

#include "reenact/windows/paste_windows.h"
#include "reenact/windows/shares.h"
#include "support/synthetic_face.h"

namespace reenact::test {
namespace {

constexpr int canvas_side = 360;

FaceState head(const FaceModel& model, const HeadAngles& angles = {}) {
  FaceState state;
  state.identity = Eigen::VectorXd::Zero(model.identity.cols());
  state.expression = Eigen::VectorXd::Zero(model.expression.cols());
  state.pose.rotation = rotation_from_angles(angles);
  state.pose.scale = 14;
  state.pose.translation.setConstant(canvas_side / 2);
  return state;
}

/// Smooth and different everywhere.
cv::Mat waves() {
  cv::Mat canvas(canvas_side, canvas_side, CV_8UC3);
  for (int y = 0; y < canvas.rows; ++y) {
    for (int x = 0; x < canvas.cols; ++x) {
      canvas.at<cv::Vec3b>(y, x) =
          cv::Vec3b(cv::saturate_cast<std::uint8_t>(128 + 100 * std::sin(x / 11.0)),
                    cv::saturate_cast<std::uint8_t>(128 + 100 * std::sin(y / 13.0)),
                    cv::saturate_cast<std::uint8_t>(128 + 100 * std::sin((x + y) / 17.0)));
    }
  }
  return canvas;
}

/// What `state` shows in its windows, whole.
PlacedWindows painted_as(const WindowKind& kind, const RenderedWindows& windows, float alpha) {
  PlacedWindows placed{{windows.warped, {kind.count, 1, kind.height, kind.width}}, windows.places};
  WindowPlanes& plane = placed.painted.alpha;
  std::fill(plane.values.begin(), plane.values.end(), alpha);
  return placed;
}

class Windows : public ::testing::TestWithParam<const WindowKind*> {
 protected:
  const WindowKind& kind() const { return *GetParam(); }
  WindowRenderer renderer(const FaceState& source, const cv::Mat& canvas) const {
    return {face_, kind(), source, canvas};
  }

  const FaceModel face_ = make_synthetic_face();
};

INSTANTIATE_TEST_SUITE_P(WindowRenderer, Windows, ::testing::ValuesIn(window_kinds),
                         [](const auto& kind) { return std::string(kind.param->name); });

TEST_P(Windows, ShowThePhotoItselfOfAnUnmovedFace) {
  WindowRenderer renderer = this->renderer(head(face_, {10, 5, 20}), waves());
  const RenderedWindows windows = renderer.render(head(face_, {10, 5, 20}));
  for (int number = 0; number < kind().count; ++number) {
    for (int y = 0; y < kind().height; ++y) {
      for (int x = 0; x < kind().width; ++x) {
        const int in_square = (kind().first_row() + y) * kind().side + kind().first_column() + x;
        ASSERT_NEAR(windows.warped.plane(number, 1)[y * kind().width + x],
                    renderer.source().plane(number, 1)[in_square], 0.02F);
      }
    }
  }
}

TEST_P(Windows, LeaveALargePhotoAsItIs) {
  FaceState large = head(face_);
  large.pose.scale = 3 * kind().px_per_cm;
  const cv::Mat canvas = waves();
  const cv::Mat before = canvas.clone();
  renderer(large, canvas).render(large);
  EXPECT_EQ(cv::norm(canvas, before, cv::NORM_INF), 0);
}

TEST_P(Windows, ComeBackToTheirPlace) {
  const cv::Mat canvas = waves();
  const RenderedWindows windows = renderer(head(face_, {0, 0, -25}), canvas).render(head(face_, {0, 0, -25}));
  cv::Mat picture(canvas.size(), CV_8UC3, cv::Scalar::all(0));
  paste_windows(kind(), painted_as(kind(), windows, 1), {{0, 0}, canvas.size()}, picture);
  for (const WindowPlace& place : windows.places) {
    const Eigen::Vector2f middle = Eigen::Vector2i(kind().width / 2, kind().height / 2).cast<float>();
    const Eigen::Vector2f there = place.leftCols<2>().inverse() * (middle - place.col(2));
    const cv::Point at(static_cast<int>(std::lround(there.x())), static_cast<int>(std::lround(there.y())));
    for (int channel = 0; channel < 3; ++channel) {
      EXPECT_NEAR(picture.at<cv::Vec3b>(at)[channel], canvas.at<cv::Vec3b>(at)[channel], 6);
    }
  }
}

TEST_P(Windows, PaintNothingWithoutAlphaOrOutsideTheRegion) {
  const cv::Mat canvas = waves();
  const RenderedWindows windows = renderer(head(face_), canvas).render(head(face_));
  cv::Mat picture(canvas.size(), CV_8UC3, cv::Scalar(1, 2, 3));
  const cv::Mat before = picture.clone();
  paste_windows(kind(), painted_as(kind(), windows, 0), {{0, 0}, canvas.size()}, picture);
  paste_windows(kind(), painted_as(kind(), windows, 1), {}, picture);
  EXPECT_EQ(cv::norm(picture, before, cv::NORM_INF), 0);
}

TEST_P(Windows, LoseThePatternOfEveryOtherPixel) {
  const cv::Mat canvas = waves();
  const RenderedWindows windows = renderer(head(face_), canvas).render(head(face_));
  PlacedWindows even = painted_as(kind(), windows, 1), checkered = even;
  WindowPlanes& colour = checkered.painted.colour;
  for (std::size_t i = 0; i < colour.values.size(); ++i) {
    const auto x = i % static_cast<std::size_t>(colour.width), y = i / static_cast<std::size_t>(colour.width);
    colour.values[i] += (x + y) % 2 == 0 ? 0.1F : -0.1F;
  }
  cv::Mat of_even(canvas.size(), CV_8UC3, cv::Scalar::all(0)), of_checkered = of_even.clone();
  paste_windows(kind(), even, {{0, 0}, canvas.size()}, of_even);
  paste_windows(kind(), checkered, {{0, 0}, canvas.size()}, of_checkered);
  const double difference = cv::norm(of_even, of_checkered, cv::NORM_L1);
  EXPECT_LT(difference / static_cast<double>(cv::countNonZero(of_even.reshape(1) > 0)), 1.0);
}

TEST_P(Windows, AreShownWhereTheirResolutionIsTheCanvass) {
  EXPECT_EQ(shown_share(kind(), 0.2F * kind().px_per_cm), 0);
  EXPECT_EQ(shown_share(kind(), kind().px_per_cm), 1);
  EXPECT_EQ(shown_share(kind(), 3 * kind().px_per_cm), 0);
}

TEST(EyeWindows, TheLeftEyeIsTheMirroredRightOneOfASymmetricFace) {
  const FaceModel face = make_synthetic_face();
  const WindowRenderer renderer(face, eye_window, head(face), waves());
  const WindowPlanes& maps = renderer.source_maps();
  double difference = 0;
  for (int channel = 0; channel < window_maps::channels; ++channel) {
    for (std::size_t i = 0; i < maps.plane_size(); ++i) {
      difference += std::abs(maps.plane(0, channel)[i] - maps.plane(1, channel)[i]);
    }
  }
  EXPECT_LT(difference / static_cast<double>(window_maps::channels * maps.plane_size()), 0.02);
}

TEST(EyeWindows, TheEyeballIsMarkedInTheMiddle) {
  const FaceModel face = make_synthetic_face();
  const RenderedWindows windows = WindowRenderer(face, eye_window, head(face), waves()).render(head(face));
  for (int eye = 0; eye < eye_window.count; ++eye) {
    const float* within = windows.maps.plane(eye, window_maps::within);
    const float marked = std::accumulate(within, within + windows.maps.plane_size(), 0.0F);
    EXPECT_GT(marked, 0.02F * eye_window.height * eye_window.width);
    EXPECT_LT(marked, 0.5F * eye_window.height * eye_window.width);
    const float* part = windows.maps.plane(eye, window_maps::part);
    for (std::size_t i = 0; i < windows.maps.plane_size(); ++i) EXPECT_LE(within[i] + part[i], 1);
  }
}

TEST(EyeWindows, AreShownWhereLidsMoveFar) {
  EXPECT_EQ(moved_share(1), 0);
  EXPECT_EQ(moved_share(0), 1);
  EXPECT_EQ(moved_share(2), 1);
  EXPECT_GT(moved_share(0.6F), moved_share(0.65F));
}

TEST(EyeWindows, AreShownWhereLidsThatThePhotoShowsShutOpen) {
  EXPECT_EQ(parted_share(0), 0);
  EXPECT_GT(parted_share(0.1F), 0);
  EXPECT_EQ(parted_share(0.3F), 1);
}

/// Pixels of the mouth's inside in the window of a face whose jaw is open so far.
float marked_inside(float jaw) {
  const FaceModel face = make_synthetic_face();
  FaceState state = head(face);
  const auto& names = face.expression_names;
  state.expression[std::find(names.begin(), names.end(), "jawOpen") - names.begin()] = jaw;
  const RenderedWindows windows = WindowRenderer(face, mouth_window, head(face), waves()).render(state);
  const float* within = windows.maps.plane(0, window_maps::within);
  return std::accumulate(within, within + windows.maps.plane_size(), 0.0F);
}

TEST(MouthWindow, TheInsideIsMarkedAsFarAsItIsOpened) {
  EXPECT_LT(marked_inside(0), 50);
  EXPECT_GT(marked_inside(1), 200);
  EXPECT_GT(marked_inside(1), marked_inside(0.5F));
}

TEST(MouthWindow, IsShownWhereTheMouthIsOpenedWiderThanInThePhoto) {
  EXPECT_EQ(opened_share(0, 0, 0), 0);
  EXPECT_EQ(opened_share(0.1F, 0, 0), 1);
  EXPECT_EQ(opened_share(0.1F, -0.01F, 0), 1);
  EXPECT_EQ(opened_share(0.1F, 0.1F, 0), 0) << "the photo shows its own inside";
  EXPECT_EQ(opened_share(0.2F, 0.1F, 0), 1);
  EXPECT_GT(opened_share(0.025F, 0, 0), opened_share(0.02F, 0, 0));
}

TEST(MouthWindow, FadesOnATurnedHead) {
  EXPECT_EQ(opened_share(0.1F, 0, 30), 1);
  EXPECT_GT(opened_share(0.1F, 0, -50), opened_share(0.1F, 0, 55));
  EXPECT_EQ(opened_share(0.1F, 0, -70), 0);
}

}  // namespace
}  // namespace reenact::test
