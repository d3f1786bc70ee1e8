#include "reenact/layers/held_at_border.h"

#include <gtest/gtest.h>

namespace reenact {
namespace {

/// A person as wide as the middle third of a photo of 120×90 pixels, cut off below.
PhotoLayers cut_off_below() {
  PhotoLayers layers;
  layers.region = {0, 0, 120, 90};
  layers.alpha = cv::Mat::zeros(90, 120, CV_8UC1);
  layers.alpha(cv::Rect(40, 20, 40, 70)).setTo(255);
  return layers;
}

TEST(HeldAtBorder, HoldsWhereThePersonTouchesTheBorder) {
  constexpr int size = 60;
  const std::vector<float> held = held_at_border(cut_off_below(), {-0.5, -0.5, 120}, size, 4);
  const auto at = [&](int x, int y) { return held[static_cast<std::size_t>((size + y) * size + x)]; };
  EXPECT_EQ(at(30, 44), 1.0F) << "at the border below";
  EXPECT_EQ(at(30, 55), 1.0F) << "beyond it";
  EXPECT_EQ(at(30, 30), 0.0F) << "inside of the person";
  EXPECT_EQ(at(5, 44), 0.0F) << "beside the person";
  EXPECT_EQ(held[44 * size + 30], 0.0F) << "along it";
  EXPECT_EQ(at(30, 0), 0.0F) << "at the border above, where nobody is";
}

TEST(HeldAtBorder, LetsGoWhatGoesOnAbove) {
  constexpr int size = 60;
  PhotoLayers layers = cut_off_below();
  layers.alpha(cv::Rect(40, 0, 40, 70)).setTo(255);
  const auto at = [&](int x, int y) {
    return held_at_border(layers, {-0.5, -0.5, 120}, size,
                          4)[static_cast<std::size_t>((size + y) * size + x)];
  };
  EXPECT_EQ(at(30, 0), 1.0F);
  layers.above = cv::Mat::zeros(10, 120, CV_8UC4);
  EXPECT_EQ(at(30, 0), 1.0F);
  layers.above(cv::Rect(40, 0, 40, 10)).setTo(cv::Scalar::all(255));
  EXPECT_EQ(at(30, 0), 0.0F);
  EXPECT_EQ(at(30, 44), 1.0F) << "below";
}

TEST(HeldAtBorder, HoldsNothingWhereTheWindowEndsBeforeThePhoto) {
  for (const float held : held_at_border(cut_off_below(), {30, 10, 60}, 30, 4)) EXPECT_EQ(held, 0.0F);
}

}  // namespace
}  // namespace reenact
