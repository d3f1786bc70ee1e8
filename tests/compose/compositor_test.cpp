#include "reenact/compose/compositor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>

#include "reenact/core/error.h"

namespace reenact {
namespace {

constexpr int frame_size = 32;

cv::Mat noise(int width, int height) {
  cv::Mat image(height, width, CV_8UC3);
  cv::RNG random(11);
  random.fill(image, cv::RNG::UNIFORM, 0, 256);
  return image;
}

/// Smooth, so that resampling changes it little.
cv::Mat waves(int width, int height) {
  cv::Mat image(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      image.at<cv::Vec3b>(y, x) =
          cv::Vec3b(cv::saturate_cast<std::uint8_t>(127 + 90 * std::sin(0.07 * x)),
                    cv::saturate_cast<std::uint8_t>(127 + 90 * std::cos(0.06 * y)),
                    cv::saturate_cast<std::uint8_t>(127 + 90 * std::sin(0.04 * (x + y))));
    }
  }
  return image;
}

/// Photo pixels everywhere, moved by (x, y) grid units.
GeneratedFrame uniform_frame(float flow_x, float flow_y, float weight = 1.0F, int size = frame_size) {
  const auto pixels = static_cast<std::size_t>(size * size);
  GeneratedFrame frame;
  frame.size = size;
  frame.flow.assign(2 * pixels, flow_x);
  std::fill(frame.flow.begin() + static_cast<std::ptrdiff_t>(pixels), frame.flow.end(), flow_y);
  frame.weight.assign(pixels, weight);
  for (const float value : {0.8F, 0.4F, 0.2F}) frame.colour.insert(frame.colour.end(), pixels, value);
  return frame;
}

double difference(const cv::Mat& a, const cv::Mat& b) { return cv::norm(a, b, cv::NORM_INF); }

/// Crops inside, across every side, around and beyond a photo of 300×260 pixels.
const CropSquare crops[] = {{40.2, 30.7, 180}, {-60.5, 20.1, 200}, {150.3, 120.9, 333.3},
                            {-50, -40, 400},   {10.5, 10.5, 7.3},  {-0.5, -0.5, 260},
                            {1000, 1000, 50},  {-300, -300, 100},  {299.2, 10, 100}};

TEST(Compositor, IsTheIdentityWithoutFlow) {
  const cv::Mat photo = noise(300, 260);
  for (const CropSquare& crop : crops) {
    Compositor compositor(photo, crop);
    EXPECT_EQ(difference(compositor.compose(uniform_frame(0, 0)), photo), 0);
  }
}

TEST(Compositor, LeavesEverythingOutsideTheCropUntouched) {
  const cv::Mat photo = noise(300, 260);
  for (const CropSquare& crop : crops) {
    Compositor compositor(photo, crop);
    const cv::Mat result = compositor.compose(uniform_frame(0.3F, -0.2F, 0.1F));
    ASSERT_EQ(result.size(), photo.size());
    int changed = 0;
    for (int y = 0; y < photo.rows; ++y) {
      for (int x = 0; x < photo.cols; ++x) {
        const bool same = result.at<cv::Vec3b>(y, x) == photo.at<cv::Vec3b>(y, x);
        const bool inside =
            x >= crop.left && x < crop.left + crop.side && y >= crop.top && y < crop.top + crop.side;
        EXPECT_TRUE(inside || same) << x << ", " << y;
        changed += same ? 0 : 1;
      }
    }
    const bool overlaps =
        crop.left < 299 && crop.top < 259 && crop.left + crop.side > 0 && crop.top + crop.side > 0;
    EXPECT_EQ(changed > 0, overlaps && crop.left < 299);
  }
}

TEST(Compositor, ChangesLittleNextToTheBorderOfTheCrop) {
  const cv::Mat photo = waves(300, 260);
  const CropSquare crop{39.5, 29.5, 200};
  Compositor compositor(photo, crop);
  const cv::Mat result = compositor.compose(uniform_frame(0.1F, 0.1F, 0.0F));
  for (int i = 0; i < 200; ++i) {
    for (const cv::Point border :
         {cv::Point(40 + i, 30), cv::Point(40 + i, 229), cv::Point(40, 30 + i), cv::Point(239, 30 + i)}) {
      for (int channel = 0; channel < 3; ++channel) {
        EXPECT_NEAR(result.at<cv::Vec3b>(border)[channel], photo.at<cv::Vec3b>(border)[channel], 4);
      }
    }
  }
}

/// The left half of the picture reads the photo's left, the right half what lies beyond a red strip.
TEST(Compositor, ShowsNothingOfWhatLiesBetweenPlacesThatAreTornApart) {
  cv::Mat photo(200, 200, CV_8UC3, cv::Scalar(200, 60, 0));
  photo.colRange(106, 118) = cv::Scalar(0, 0, 255);
  photo.colRange(118, 200) = cv::Scalar(60, 200, 0);
  const CropSquare crop{0, 0, 200};
  GeneratedFrame frame = uniform_frame(0, 0);
  for (int y = 0; y < frame_size; ++y) {
    for (int x = frame_size / 2; x < frame_size; ++x) {
      frame.flow[static_cast<std::size_t>(y * frame_size + x)] = 24 * 2.0F / 200;
    }
  }
  Compositor compositor(photo, crop);
  const cv::Mat& result = compositor.compose(frame);
  for (int x = 30; x < 170; ++x) {
    EXPECT_LE(result.at<cv::Vec3b>(100, x)[2], 3) << x;
  }
  EXPECT_GT(result.at<cv::Vec3b>(100, 90)[0], 190);
  EXPECT_GT(result.at<cv::Vec3b>(100, 110)[1], 190);
  const cv::Vec3b between = result.at<cv::Vec3b>(100, 100);
  EXPECT_NEAR(between[0], 130, 30) << "half of both";
  EXPECT_NEAR(between[1], 130, 30);
}

/// Places are rounded to 1/32 of a pixel.
TEST(Compositor, WholePixelFlowShiftsThePhotoExactly) {
  const cv::Mat photo = noise(300, 260);
  const CropSquare crop{39.5, 29.5, 200};
  Compositor compositor(photo, crop);
  const cv::Rect inner(55, 45, 170, 170);
  for (const float off : {0.0F, 0.4F / 32, -0.4F / 32}) {
    const cv::Mat& result = compositor.compose(uniform_frame((7 + off) * 2 / 200, (-5 + off) * 2 / 200));
    EXPECT_EQ(difference(result(inner), photo(inner + cv::Point(7, -5))), 0) << off;
  }
}

TEST(Compositor, SubpixelFlowInterpolatesThePhoto) {
  const cv::Mat photo = waves(300, 260);
  const CropSquare crop{39.5, 29.5, 200};
  Compositor compositor(photo, crop);
  const cv::Mat& result = compositor.compose(uniform_frame(2.5F * 2.0F / 200, 0));
  for (int y = 50; y < 200; ++y) {
    for (int x = 60; x < 220; ++x) {
      EXPECT_NEAR(result.at<cv::Vec3b>(y, x)[0], 127 + 90 * std::sin(0.07 * (x + 2.5)), 1.5);
    }
  }
}

/// Within one grey level: OpenCV's weights are rounded otherwise. The region reads beyond the photo too.
TEST(Compositor, SamplesThePhotoAsCubicRemapDoes) {
  const cv::Mat photo = noise(300, 260);
  const cv::Rect inner(110, 10, 180, 180);
  Compositor compositor(photo, {99.5, -0.5, 200});
  for (const cv::Point steps : {cv::Point(13, -9), cv::Point(-77, 31), cv::Point(700, -650)}) {
    const cv::Mat& result = compositor.compose(uniform_frame(
        2.0F * static_cast<float>(steps.x) / (32 * 200), 2.0F * static_cast<float>(steps.y) / (32 * 200)));
    cv::Mat places(photo.size(), CV_32FC2);
    for (int y = 0; y < places.rows; ++y) {
      for (int x = 0; x < places.cols; ++x) {
        places.at<cv::Vec2f>(y, x) = {static_cast<float>(x) + static_cast<float>(steps.x) / 32,
                                      static_cast<float>(y) + static_cast<float>(steps.y) / 32};
      }
    }
    cv::Mat expected;
    cv::remap(photo, expected, places, cv::noArray(), cv::INTER_CUBIC, cv::BORDER_REPLICATE);
    EXPECT_LE(difference(result(inner), expected(inner)), 1);
  }
}

/// Flow whose strength is the position itself: any misplaced pixel centre shows as a shift.
TEST(Compositor, PlacesTheFrameAsGridSampleDoes) {
  cv::Mat photo(400, 400, CV_8UC3);
  for (int y = 0; y < 400; ++y) {
    for (int x = 0; x < 400; ++x) photo.at<cv::Vec3b>(y, x) = cv::Vec3b(x / 2, y / 2, 0);
  }
  const CropSquare crop{20.25, 35.75, 321.5};
  GeneratedFrame frame = uniform_frame(0, 0);
  for (int v = 0; v < frame_size; ++v) {
    for (int u = 0; u < frame_size; ++u) {
      const double grid_x = (2.0 * u + 1) / frame_size - 1;  // align_corners=False
      const double grid_y = (2.0 * v + 1) / frame_size - 1;
      frame.flow[static_cast<std::size_t>(v * frame_size + u)] = static_cast<float>(-0.2 * grid_x);
      frame.flow[static_cast<std::size_t>((frame_size + v) * frame_size + u)] =
          static_cast<float>(0.1 * grid_y);
    }
  }
  Compositor compositor(photo, crop);
  const cv::Mat& result = compositor.compose(frame);
  const double middle_x = crop.left + 0.5 * crop.side;
  const double middle_y = crop.top + 0.5 * crop.side;
  for (int y = 60; y < 330; ++y) {
    for (int x = 45; x < 315; ++x) {
      EXPECT_NEAR(result.at<cv::Vec3b>(y, x)[0], 0.5 * (middle_x + 0.8 * (x - middle_x)), 1.0);
      EXPECT_NEAR(result.at<cv::Vec3b>(y, x)[1], 0.5 * (middle_y + 1.1 * (y - middle_y)), 1.0);
    }
  }
}

TEST(Compositor, BlendsColourByWeight) {
  cv::Mat photo(260, 300, CV_8UC3, cv::Scalar(10, 100, 200));
  // Elsewhere in the crop the photo has all colours, so that the frame's lie within its range.
  cv::resize(noise(10, 4), photo(cv::Rect(40, 35, 200, 80)), {200, 80}, 0, 0, cv::INTER_NEAREST);
  const CropSquare crop{39.5, 29.5, 200};
  Compositor compositor(photo, crop);
  const auto centre = [&](float weight) {
    return compositor.compose(uniform_frame(0, 0, weight)).at<cv::Vec3b>(130, 140);
  };
  // Colour R 0.8, G 0.4, B 0.2: 204, 102, 51.
  EXPECT_EQ(centre(0.0F), cv::Vec3b(51, 102, 204));
  EXPECT_EQ(centre(0.25F), cv::Vec3b(41, 102, 203));
  EXPECT_EQ(centre(0.5F), cv::Vec3b(31, 101, 202));
  EXPECT_EQ(centre(1.0F), cv::Vec3b(10, 100, 200));
  EXPECT_EQ(centre(7.0F), cv::Vec3b(10, 100, 200));
}

TEST(Compositor, LightsThePhotoButNotTheColour) {
  const auto centre = [](const cv::Mat& photo, const GeneratedFrame& frame) {
    return Compositor(photo, {39.5, 29.5, 200}).compose(frame).at<cv::Vec3b>(130, 140);
  };
  GeneratedFrame frame = uniform_frame(0, 0);
  frame.light.assign(frame.weight.size(), -0.5F);
  const cv::Mat photo(260, 300, CV_8UC3, cv::Scalar(20, 100, 200));
  EXPECT_EQ(centre(photo, frame), cv::Vec3b(10, 50, 100));
  EXPECT_EQ(Compositor(photo, {39.5, 29.5, 200}).compose(frame).at<cv::Vec3b>(30, 40),
            cv::Vec3b(20, 100, 200));
  std::fill(frame.light.begin(), frame.light.end(), 0.5F);
  EXPECT_EQ(centre(photo, frame), cv::Vec3b(30, 150, 255));
  std::fill(frame.weight.begin(), frame.weight.end(), 0.5F);
  std::fill(frame.colour.begin(), frame.colour.end(), 0.4F);
  EXPECT_EQ(centre(cv::Mat(260, 300, CV_8UC3, cv::Scalar::all(60)), frame), cv::Vec3b::all(96));
  frame.light.clear();
  EXPECT_EQ(centre(cv::Mat(260, 300, CV_8UC3, cv::Scalar::all(60)), frame), cv::Vec3b::all(81));
}

TEST(Compositor, LightsEachChannelAsDeepAsItIsTold) {
  GeneratedFrame frame = uniform_frame(0, 0);
  frame.light.assign(frame.weight.size(), -0.2F);
  Compositor compositor(cv::Mat(260, 300, CV_8UC3, cv::Scalar(100, 100, 200)), {39.5, 29.5, 200});
  compositor.set_light_depth({1.5F, 1, 0.5F});
  EXPECT_EQ(compositor.compose(frame).at<cv::Vec3b>(130, 140), cv::Vec3b(70, 80, 180));
}

/// Whatever is painted where, at whatever weight.
TEST(Compositor, LeavesAGreyPhotoGrey) {
  cv::Mat grey;
  cv::cvtColor(waves(300, 260), grey, cv::COLOR_BGR2GRAY);
  cv::Mat photo;
  cv::cvtColor(grey, photo, cv::COLOR_GRAY2BGR);
  Compositor compositor(photo, {39.5, 29.5, 200});
  GeneratedFrame frame = uniform_frame(0.1F, 0.05F);
  cv::RNG random(5);
  for (float& value : frame.weight) value = random.uniform(0.0F, 1.0F);
  for (float& value : frame.colour) value = random.uniform(0.0F, 1.0F);
  int painted = 0;
  const cv::Mat& result = compositor.compose(frame);
  for (int y = 0; y < result.rows; ++y) {
    for (int x = 0; x < result.cols; ++x) {
      const auto& pixel = result.at<cv::Vec3b>(y, x);
      EXPECT_LE(std::abs(pixel[0] - pixel[1]), 2);
      EXPECT_LE(std::abs(pixel[2] - pixel[1]), 2);
      painted += pixel != photo.at<cv::Vec3b>(y, x) ? 1 : 0;
    }
  }
  EXPECT_GT(painted, 20000);
}

TEST(Compositor, ForgetsEarlierFrames) {
  const cv::Mat photo = noise(300, 260);
  Compositor compositor(photo, crops[0]);
  compositor.compose(uniform_frame(0.2F, 0.1F, 0.3F));
  compositor.compose(uniform_frame(0.2F, 0.1F, 0.3F, 48));
  EXPECT_EQ(difference(compositor.compose(uniform_frame(0, 0)), photo), 0);
}

TEST(Compositor, ReadsTheEdgeOfThePhotoBeyondIt) {
  const cv::Mat photo(60, 80, CV_8UC3, cv::Scalar(9, 8, 7));
  Compositor compositor(photo, {-20, -20, 120});
  EXPECT_EQ(difference(compositor.compose(uniform_frame(1e9F, -2.0F)), photo), 0);
}

TEST(Compositor, RefusesWhatIsNotUsable) {
  const cv::Mat photo = noise(30, 20);
  EXPECT_THROW(Compositor(cv::Mat(), {0, 0, 4}), InputError);
  EXPECT_THROW(Compositor(cv::Mat(8, 8, CV_8UC4), {0, 0, 4}), InputError);
  EXPECT_THROW(Compositor(cv::Mat(1, 40000, CV_8UC3), {0, 0, 4}), InputError);
  EXPECT_THROW(Compositor(photo, {0, 0, -4}), InputError);
  EXPECT_THROW(Compositor(photo, {0, std::numeric_limits<double>::infinity(), 4}), InputError);
  Compositor compositor(photo, {0, 0, 16});
  GeneratedFrame frame = uniform_frame(0, 0);
  frame.weight.pop_back();
  EXPECT_THROW(compositor.compose(frame), ModelError);
  frame = uniform_frame(0, 0);
  frame.flow[5] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(compositor.compose(frame), ModelError);
  frame.flow[5] = std::numeric_limits<float>::infinity();
  EXPECT_THROW(compositor.compose(frame), ModelError);
  EXPECT_THROW(compositor.compose(GeneratedFrame()), ModelError);
  frame = uniform_frame(0, 0);
  frame.light.assign(7, 0.0F);
  EXPECT_THROW(compositor.compose(frame), ModelError);
  frame.light.assign(frame.weight.size(), std::numeric_limits<float>::quiet_NaN());
  EXPECT_THROW(compositor.compose(frame), ModelError);
}

/// A photo of waves with a reddish disc before them, in layers.
struct LayeredPhoto {
  cv::Mat photo;
  PhotoLayers layers;
};

LayeredPhoto disc_before_waves(cv::Rect region, cv::Point centre, double radius) {
  LayeredPhoto made;
  const cv::Mat background = waves(300, 260);
  made.layers.region = region;
  made.layers.alpha.create(region.size(), CV_8UC1);
  made.layers.person.create(region.size(), CV_8UC3);
  made.layers.plate = background(region).clone();
  for (int y = 0; y < region.height; ++y) {
    for (int x = 0; x < region.width; ++x) {
      const double inside = radius - std::hypot(x + region.x - centre.x, y + region.y - centre.y);
      const double alpha = std::clamp(0.5 + inside / 4, 0.0, 1.0);
      made.layers.alpha.at<std::uint8_t>(y, x) = cv::saturate_cast<std::uint8_t>(255 * alpha);
      made.layers.person.at<cv::Vec3b>(y, x) = {cv::saturate_cast<std::uint8_t>(40 * alpha),
                                                cv::saturate_cast<std::uint8_t>(60 * alpha),
                                                cv::saturate_cast<std::uint8_t>(200 * alpha)};
    }
  }
  made.photo = background.clone();
  put_before(made.layers, made.layers.plate).copyTo(made.photo(region));
  return made;
}

TEST(LayeredCompositor, MakesUpThePhotoAtRest) {
  const LayeredPhoto made = disc_before_waves({20, 10, 250, 240}, {150, 130}, 40);
  for (const CropSquare& crop : crops) {
    Compositor compositor(made.photo, crop, &made.layers);
    EXPECT_LE(difference(compositor.compose(uniform_frame(0, 0)), made.photo), 1);
  }
}

TEST(LayeredCompositor, MovesThePersonBeforeABackgroundThatRests) {
  const LayeredPhoto made = disc_before_waves({20, 10, 250, 240}, {150, 130}, 30);
  Compositor compositor(made.photo, {30, 20, 220}, &made.layers);
  // Backward: the disc moves 22 pixels to the right.
  const cv::Mat result = compositor.compose(uniform_frame(-0.2F, 0)).clone();
  const LayeredPhoto moved = disc_before_waves({20, 10, 250, 240}, {172, 130}, 30);
  EXPECT_LE(difference(result, moved.photo), 6);
  EXPECT_LE(difference(compositor.alpha()(made.layers.region), moved.layers.alpha), 8);
  EXPECT_EQ(result.at<cv::Vec3b>(130, 60), made.photo.at<cv::Vec3b>(130, 60));
}

TEST(LayeredCompositor, BringsInWhatThePersonHasAboveTheBorder) {
  const cv::Rect region(20, 0, 250, 240);
  LayeredPhoto made = disc_before_waves(region, {150, 10}, 30);
  const LayeredPhoto lower = disc_before_waves(region, {150, 34}, 30);
  cv::Mat above;
  cv::merge(std::vector<cv::Mat>{lower.layers.person, lower.layers.alpha}, above);
  made.layers.above = above.rowRange(0, 24).clone();
  Compositor compositor(made.photo, {40, -80, 240}, &made.layers);
  EXPECT_LE(difference(compositor.compose(uniform_frame(0, 0)), made.photo), 1);
  const cv::Mat result = compositor.compose(uniform_frame(0, -0.2F)).clone();  // 24 pixels down
  EXPECT_LE(difference(result.rowRange(0, 100), lower.photo.rowRange(0, 100)), 6);
  made.layers.above = cv::Mat(3, 7, CV_8UC4);
  EXPECT_THROW(Compositor(made.photo, {40, -80, 240}, &made.layers), InputError);
}

TEST(LayeredCompositor, ShowsTheColourOnlyWhereThePersonOrAFaceIs) {
  const LayeredPhoto made = disc_before_waves({20, 10, 250, 240}, {150, 130}, 30);
  Compositor compositor(made.photo, {30, 20, 220}, &made.layers);
  GeneratedFrame frame = uniform_frame(0, 0, 0.0F);
  const cv::Mat without = compositor.compose(frame).clone();
  EXPECT_EQ(without.at<cv::Vec3b>(60, 60), made.photo.at<cv::Vec3b>(60, 60));
  EXPECT_NE(without.at<cv::Vec3b>(130, 150), made.photo.at<cv::Vec3b>(130, 150));
  EXPECT_EQ(compositor.alpha().at<std::uint8_t>(60, 60), 0);
  frame.face.assign(frame.weight.size(), 1.0F);
  const cv::Mat with = compositor.compose(frame);
  EXPECT_NE(with.at<cv::Vec3b>(60, 60), made.photo.at<cv::Vec3b>(60, 60));
  EXPECT_EQ(compositor.alpha().at<std::uint8_t>(60, 60), 255);
}

TEST(LayeredCompositor, KeepsNothingOfAnEarlierFrame) {
  // 241 pixels wide, no multiple of what is skipped together; most rows are without the person.
  const LayeredPhoto made = disc_before_waves({20, 10, 241, 240}, {150, 130}, 30);
  Compositor compositor(made.photo, {-20, -20, 330}, &made.layers);
  GeneratedFrame far = uniform_frame(-0.4F, 0.3F, 0.5F);
  far.face.assign(far.weight.size(), 0.0F);
  far.face[5 * frame_size + 6] = 1.0F;
  compositor.compose(far);
  EXPECT_LE(difference(compositor.compose(uniform_frame(0, 0)), made.photo), 1);
  EXPECT_LE(difference(compositor.alpha()(made.layers.region), made.layers.alpha), 1);
}

TEST(LayeredCompositor, PutsThePersonBeforeAnotherBackground) {
  const LayeredPhoto made = disc_before_waves({0, 0, 300, 260}, {150, 130}, 30);
  Compositor compositor(made.photo, {30, 20, 220}, &made.layers);
  const cv::Mat green(made.photo.size(), CV_8UC3, cv::Scalar(10, 250, 20));
  const cv::Mat rest = compositor.put_behind(green).clone();
  EXPECT_EQ(difference(rest, put_before(made.layers, green)), 0);
  EXPECT_LE(difference(compositor.compose(uniform_frame(0, 0)), rest), 1);
  EXPECT_EQ(compositor.compose(uniform_frame(0.1F, 0)).at<cv::Vec3b>(5, 5), cv::Vec3b(10, 250, 20));
}

TEST(LayeredCompositor, LeavesWhatLiesOutsideOfTheLayersUntouched) {
  const LayeredPhoto made = disc_before_waves({60, 50, 180, 160}, {150, 130}, 30);
  Compositor compositor(made.photo, {-20, -20, 330}, &made.layers);
  EXPECT_EQ(compositor.region(), made.layers.region);
  const cv::Mat result = compositor.compose(uniform_frame(0.2F, 0.1F, 0.3F));
  cv::Mat changed;
  cv::absdiff(result, made.photo, changed);
  changed(made.layers.region).setTo(cv::Scalar::all(0));
  EXPECT_EQ(cv::norm(changed, cv::NORM_INF), 0);
}

TEST(LayeredCompositor, RefusesLayersOfAnotherPhoto) {
  const LayeredPhoto made = disc_before_waves({20, 10, 250, 240}, {150, 130}, 30);
  EXPECT_THROW(Compositor(waves(100, 90), {0, 0, 90}, &made.layers), InputError);
  Compositor compositor(made.photo, {30, 20, 220}, &made.layers);
  EXPECT_THROW(compositor.put_behind(made.photo), InputError);  // layers of a part cannot be put before it
  GeneratedFrame frame = uniform_frame(0, 0);
  frame.face.assign(3, 1.0F);
  EXPECT_THROW(compositor.compose(frame), ModelError);
}

}  // namespace
}  // namespace reenact
