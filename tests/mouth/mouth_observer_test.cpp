#include "reenact/mouth/mouth_observer.h"

#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>

#include "mouth/drawn_mouth.h"

namespace reenact {
namespace {

using test::DrawnMouth;
using test::picture_with;

DrawnMouth in_frame(double half_height = 18) { return {{160, 170}, 40, half_height, 14, 0}; }

std::optional<SeenMouth> observe(MouthObserver& observer, const DrawnMouth& mouth, double time_s) {
  const Landmarks landmarks = test::face_around(mouth, 4);
  return observer.observe(picture_with(mouth), &landmarks, time_s).inside;
}

TEST(MouthObserver, CutsALevelPictureWithTheLipsEdge) {
  for (const double turn_rad : {0.0, 0.4, -0.6}) {
    DrawnMouth mouth = in_frame();
    mouth.turn_rad = turn_rad;
    MouthObserver observer;
    const std::optional<SeenMouth> seen = observe(observer, mouth, 0);
    ASSERT_TRUE(seen.has_value());
    const cv::Mat picture = cv::imdecode(seen->patch.jpeg, cv::IMREAD_COLOR);
    EXPECT_EQ(picture.cols, max_patch_side);
    EXPECT_LE(picture.rows, max_patch_side);
    const Eigen::Matrix2Xd corners = seen->patch_from_frame * mouth.inner();
    EXPECT_NEAR((corners.col(10) - corners.col(0)).x(), 128, 1e-6);
    EXPECT_NEAR((corners.col(10) - corners.col(0)).y(), 0, 1e-6);
    const double drawn = mean_opening(dense_lip_contour(seen->patch_from_frame * mouth.inner()));
    EXPECT_NEAR(mean_opening(seen->patch.lip_edge), drawn - 4, 5);  // two pixels inwards on each side
    EXPECT_NEAR(
        seen->patch.opening_share,
        mean_opening(dense_lip_contour(mouth.inner())) / mean_opening(dense_lip_contour(mouth.inner(4))),
        0.08);
    EXPECT_GT(seen->patch.confidence, 0.9);
    EXPECT_NEAR(seen->patch.pixel_size, 128 / 80.0, 0.01);
    // The drawn upper teeth and the darkness below.
    const auto colour_at = [&](const Eigen::Vector2d& in_frame) {
      const Eigen::Vector2d place = seen->patch_from_frame * in_frame;
      return picture.at<cv::Vec3b>(cvRound(place.y()), cvRound(place.x()));
    };
    const Eigen::Vector2d down = Eigen::Rotation2Dd(turn_rad) * Eigen::Vector2d(0, 0.7 * mouth.half_height);
    EXPECT_NEAR(colour_at(mouth.centre - down)[1], test::teeth_bgr[1], 12);
    EXPECT_NEAR(colour_at(mouth.centre + down)[1], test::dark_bgr[1], 12);
  }
}

TEST(MouthObserver, SeesNothingInClosedLostTinyAndFarMouths) {
  MouthObserver observer;
  EXPECT_FALSE(observer.observe(picture_with(in_frame()), nullptr, 0).inside.has_value());
  Landmarks landmarks = test::face_around(in_frame(0));
  EXPECT_FALSE(observer.observe(picture_with(in_frame(0)), &landmarks, 0.04).inside.has_value());
  EXPECT_FALSE(observe(observer, {{160, 170}, 5, 3, 2, 0}, 0.08).has_value());
  EXPECT_FALSE(observe(observer, {{900, 170}, 40, 18, 14, 0}, 0.12).has_value());
  landmarks = test::face_around(in_frame());
  landmarks.points(0, 13) = std::nan("");
  EXPECT_FALSE(observer.observe(picture_with(in_frame()), &landmarks, 0.16).inside.has_value());
}

TEST(MouthObserver, CutsAMouthThatIsFarWiderThanItsPatch) {
  const DrawnMouth wide{{520, 540}, 200, 90, 70, 0};
  cv::Mat frame(1080, 1080, CV_8UC3, test::skin_bgr);
  wide.draw_on(frame);
  const cv::Mat untouched = frame.clone();
  const Landmarks landmarks = test::face_around(wide, 4);
  MouthObserver observer;
  const std::optional<SeenMouth> seen = observer.observe(frame, &landmarks, 0).inside;
  ASSERT_TRUE(seen.has_value());
  const cv::Mat picture = cv::imdecode(seen->patch.jpeg, cv::IMREAD_COLOR);
  const auto green_at = [&](double down) {
    const Eigen::Vector2d place = seen->patch_from_frame * (wide.centre + Eigen::Vector2d(0, down));
    return picture.at<cv::Vec3b>(cvRound(place.y()), cvRound(place.x()))[1];
  };
  EXPECT_NEAR(green_at(-60), test::teeth_bgr[1], 12);
  EXPECT_NEAR(green_at(60), test::dark_bgr[1], 12);
  EXPECT_EQ(cv::norm(frame, untouched, cv::NORM_INF), 0);
}

TEST(MouthObserver, ShowsWhatOfAMouthTheFrameHolds) {
  MouthObserver observer;
  const std::optional<SeenMouth> seen = observe(observer, {{310, 170}, 40, 18, 14, 0}, 0);
  ASSERT_TRUE(seen.has_value());
  EXPECT_TRUE(seen->patch.lip_edge.allFinite());
}

/// Full lips that touch, under landmarks that stay `half_height` pixels apart on each side.
MouthSight observe_touching(MouthObserver& observer, double time_s, double scale = 1) {
  const DrawnMouth drawn{{160, 170}, 40 * scale, 0, 20 * scale, 0};
  const DrawnMouth found{{160, 170}, 40 * scale, 6 * scale, 14 * scale, 0};
  const Landmarks landmarks = test::face_around(found);
  return observer.observe(picture_with(drawn), &landmarks, time_s);
}

TEST(MouthObserver, TellsLipsThatTouchFromTheirLandmarks) {
  for (const MouthObserver::Inside inside :
       {MouthObserver::Inside::cut_out, MouthObserver::Inside::not_wanted}) {
    MouthObserver observer(inside);
    const MouthSight touching = observe_touching(observer, 0);
    EXPECT_LT(touching.parted, 0.02);
    EXPECT_FALSE(touching.inside.has_value());
    const Landmarks landmarks = test::face_around(in_frame(), 4);
    const MouthSight parted = observer.observe(picture_with(in_frame()), &landmarks, 1);
    EXPECT_GT(parted.parted, 0.99);
    EXPECT_EQ(parted.inside.has_value(), inside == MouthObserver::Inside::cut_out);
  }
}

TEST(MouthObserver, ShutsLipsWhoseLandmarksTouch) {
  const auto parted = [](double half_height) {
    MouthObserver observer;
    const Landmarks landmarks = test::face_around(in_frame(half_height));
    return observer.observe(picture_with(in_frame(half_height)), &landmarks, 0).parted;
  };
  EXPECT_EQ(parted(0), 0);
  EXPECT_EQ(parted(12), 1);
  double last = 0;
  for (const double half_height : {0.2, 0.4, 0.8, 1.6}) {
    EXPECT_GE(parted(half_height), last) << half_height;
    last = parted(half_height);
  }

  MouthObserver observer;
  observe(observer, in_frame(), 0);
  const Landmarks shut = test::face_around(in_frame(0));
  const double soon = observer.observe(picture_with(in_frame(0)), &shut, 0.04).parted;
  EXPECT_GT(soon, 0.05);
  EXPECT_LT(soon, 0.5);
}

TEST(MouthObserver, BelievesLandmarksOfSmallMouths) {
  MouthObserver observer;
  EXPECT_EQ(observe_touching(observer, 0, 0.25).parted, 1);
}

TEST(MouthObserver, ClosesWithinAFrameOrTwo) {
  MouthObserver observer;
  observe(observer, in_frame(), 0);
  EXPECT_LT(observe_touching(observer, 0.04).parted, 0.4);
  EXPECT_LT(observe_touching(observer, 0.08).parted, 0.1);
}

TEST(MouthObserver, FiltersByTimeAndAfreshAfterALoss) {
  const DrawnMouth narrow = in_frame(10);
  const DrawnMouth wide = in_frame(20);
  MouthObserver alone;
  const double own = observe(alone, wide, 5)->patch.opening_share;
  const auto share_after = [&](double elapsed_s, bool lost) {
    MouthObserver observer;
    observe(observer, narrow, 0);
    if (lost) observer.observe(picture_with(wide), nullptr, elapsed_s / 2);
    return observe(observer, wide, elapsed_s)->patch.opening_share;
  };
  EXPECT_EQ(share_after(0.04, true), own);
  EXPECT_NEAR(share_after(10, false), own, 1e-3);
  EXPECT_GT(own - share_after(0.01, false), own - share_after(0.04, false));
}

TEST(MouthObserver, AMouthThatOpensIsClearAtOnce) {
  const auto confidence_after = [](double unclear_half_height) {
    MouthObserver observer;
    std::optional<SeenMouth> seen;
    for (int i = 0; i < 12; ++i) {
      cv::Mat frame(320, 320, CV_8UC3, test::skin_bgr);
      cv::rectangle(frame, {130, 150, 60, 40}, test::lips_bgr, cv::FILLED);
      const DrawnMouth found{{160, 170}, 18, unclear_half_height, 14, 0};
      const Landmarks landmarks = test::face_around(found);
      seen = observer.observe(frame, &landmarks, 0.04 * i).inside;
    }
    EXPECT_LT(seen ? seen->patch.confidence : 1, 0.1) << unclear_half_height;
    return observe(observer, {{160, 170}, 18, 8, 8, 0}, 0.48)->patch.confidence;
  };
  EXPECT_GT(confidence_after(1), 0.5);
  EXPECT_LT(confidence_after(6), 0.45);  // what was as open and unclear still counts
}

TEST(MouthObserver, MeasuresColoursInTheFirstFramesOfAShot) {
  MouthObserver observer(MouthObserver::Inside::cut_out, 2);
  const Landmarks landmarks = test::face_around(in_frame(18), 4);
  const auto colours_at = [&](double time_s) {
    return observer.observe(picture_with(in_frame(18)), &landmarks, time_s).colours;
  };
  EXPECT_FALSE(observer.observe(picture_with(in_frame(18)), nullptr, 0).colours.has_value());
  const std::optional<MouthColours> colours = colours_at(0.04);
  ASSERT_TRUE(colours.has_value());
  const auto lab = [](const cv::Scalar& bgr) { return lab_of_bgr({bgr[0], bgr[1], bgr[2]}); };
  EXPECT_LT((colours->skin - lab(test::skin_bgr)).norm(), 2);
  EXPECT_LT((colours->lips - lab(test::lips_bgr)).norm(), 2);
  ASSERT_TRUE(colours->teeth.has_value());
  EXPECT_LT((*colours->teeth - lab(test::teeth_bgr)).norm(), 4);
  EXPECT_NEAR(colours->side_light, 0, 0.01);
  EXPECT_NEAR(colours->widest_opening, mean_opening(dense_lip_contour(in_frame(18).inner(4))) / 120, 0.01);
  EXPECT_TRUE(colours_at(0.08).has_value());
  EXPECT_FALSE(colours_at(0.12).has_value());
  observer.begin_shot();
  EXPECT_TRUE(colours_at(0.16).has_value());
  MouthObserver without(MouthObserver::Inside::not_wanted);
  EXPECT_FALSE(without.observe(picture_with(in_frame(18)), &landmarks, 0).colours.has_value());
}

TEST(MouthObserver, FiltersAfreshAfterACut) {
  MouthObserver alone;
  const double own = observe(alone, in_frame(20), 5)->patch.opening_share;
  MouthObserver observer;
  observe(observer, in_frame(10), 0);
  observer.begin_shot();
  EXPECT_EQ(observe(observer, in_frame(20), 0.04)->patch.opening_share, own);
}

}  // namespace
}  // namespace reenact
