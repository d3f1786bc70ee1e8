#include "reenact/detail/detail_renderer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "detail/drawn_skin.h"
#include "detail/face_layout.h"
#include "detail/shading_picture.h"
#include "reenact/core/error.h"
#include "support/synthetic_face.h"

namespace reenact {
namespace {

constexpr int network_size = 128;

class DetailRendererTest : public ::testing::Test {
 protected:
  /// A frame in which a fold of this log ratio crosses the cheek, with noise of this size.
  MotionFrame frame_with(float fold, float noise = 0, std::uint64_t seed = 1) const {
    ShadingPlanes planes{cv::Mat_<float>::zeros(shading_side, shading_side), layout_.skin.clone()};
    cv::RNG random(seed);
    const Eigen::Vector3f low = model_.mean.rowwise().minCoeff();
    const Eigen::Vector3f extent = model_.mean.rowwise().maxCoeff() - low;
    const Eigen::Vector3f place =
        low + extent.cwiseProduct(Eigen::Vector3f(test::fold_place.x(), test::fold_place.y(), 1));
    const Eigen::Matrix3Xf texel = project(layout_.camera, place);
    for (int y = 0; y < shading_side; ++y) {
      for (int x = 0; x < shading_side; ++x) {
        const double away = std::hypot(x - texel(0), y - texel(1)) / 4;
        planes.log_ratio(y, x) =
            fold * static_cast<float>(std::exp(-away * away)) + static_cast<float>(random.gaussian(noise));
      }
    }
    MotionFrame frame;
    frame.pose.scale = 12;
    frame.shading = encode_shading(planes);
    return frame;
  }

  /// Light at the fold, in a photo of the frontal face, after `seconds` of the same frame.
  float light_at_fold(DetailRenderer& renderer, const MotionFrame& frame, double time_s) {
    const ConditioningMaps& maps = conditioning_.render(face_);
    const std::vector<float>& light = renderer.light(frame, time_s, maps);
    std::size_t nearest = 0;
    float least = 1;
    for (std::size_t pixel = 0; pixel < light.size(); ++pixel) {
      const Eigen::Vector2f neutral(maps.plane(conditioning::neutral)[pixel],
                                    maps.plane(conditioning::neutral + 1)[pixel]);
      const float away = (neutral - test::fold_place).norm();
      if (away < least && maps.plane(conditioning::neutral + 2)[pixel] > 0.5F) {
        least = away;
        nearest = pixel;
      }
    }
    EXPECT_LT(least, 0.02);
    return light[nearest];
  }

  float settled(const MotionFrame& reference, const MotionFrame& frame, double strength = 1) {
    DetailRenderer renderer(model_, reference, PoseShading(), strength);
    return light_at_fold(renderer, frame, 0);
  }

  const FaceModel model_ = test::make_synthetic_face();
  const FaceLayout layout_ = make_face_layout(model_);
  const FaceState face_ = test::face_at(model_);
  ConditioningRenderer conditioning_{model_, face_, network_size};
};

TEST_F(DetailRendererTest, ChangesNothingInTheReferenceFrame) {
  const MotionFrame reference = frame_with(-0.3F);
  DetailRenderer renderer(model_, reference, PoseShading(), 1);
  const std::vector<float>& light = renderer.light(reference, 0, conditioning_.render(face_));
  ASSERT_EQ(light.size(), static_cast<std::size_t>(network_size * network_size));
  EXPECT_EQ(std::count(light.begin(), light.end(), 0.0F), network_size * network_size);
}

TEST_F(DetailRendererTest, DarkensFoldsAndLightensWhereTheyWere) {
  const float dark = settled(frame_with(0), frame_with(-0.2F));
  EXPECT_LT(dark, -0.08);
  EXPECT_GT(dark, -0.19);
  const float bright = settled(frame_with(-0.2F), frame_with(0));
  EXPECT_GT(bright, 0.05);
  EXPECT_LT(bright, 0.14);
  EXPECT_NEAR(std::log1p(settled(frame_with(0), frame_with(-0.2F), 0.5)), 0.5 * std::log1p(dark), 1e-4);
  EXPECT_EQ(settled(frame_with(0), frame_with(-0.2F), 0), 0);
}

TEST_F(DetailRendererTest, StaysOnTheSkin) {
  DetailRenderer renderer(model_, frame_with(0), PoseShading(), 1);
  const ConditioningMaps& maps = conditioning_.render(face_);
  const std::vector<float>& light = renderer.light(frame_with(-0.3F), 0, maps);
  int darkened = 0;
  for (std::size_t pixel = 0; pixel < light.size(); ++pixel) {
    const Eigen::Vector2f neutral(maps.plane(conditioning::neutral)[pixel],
                                  maps.plane(conditioning::neutral + 1)[pixel]);
    const bool near =
        maps.plane(conditioning::coverage)[pixel] > 0 && (neutral - test::fold_place).norm() < 0.12;
    if (near) {
      darkened += light[pixel] < -0.05 ? 1 : 0;
    } else {
      EXPECT_NEAR(light[pixel], 0, 0.01);
    }
  }
  EXPECT_GT(darkened, 20);
}

TEST_F(DetailRendererTest, FollowsSmoothlyAndFadesWhereTheFaceIsLost) {
  DetailRenderer renderer(model_, frame_with(0), PoseShading(), 1);
  const MotionFrame folded = frame_with(-0.2F);
  EXPECT_EQ(light_at_fold(renderer, frame_with(0), 0), 0);
  const float after_a_frame = light_at_fold(renderer, folded, 0.04);
  const float after_two = light_at_fold(renderer, folded, 0.08);
  const float in_the_end = light_at_fold(renderer, folded, 2);
  EXPECT_LT(after_a_frame, 0.7F * 0.5F * in_the_end);
  EXPECT_GT(after_a_frame, 0.7F * in_the_end);
  EXPECT_LT(after_two, after_a_frame);
  const MotionFrame lost;
  EXPECT_GT(light_at_fold(renderer, lost, 2.04), 0.7F * in_the_end);
  EXPECT_NEAR(light_at_fold(renderer, lost, 4), 0, 1e-4);
}

TEST_F(DetailRendererTest, FadesWhereTheDriverTurnsAway) {
  MotionFrame turned = frame_with(-0.2F);
  const float before = settled(frame_with(0), turned);
  turned.pose.rotation = rotation_from_angles({10, 0, 0});
  EXPECT_NEAR(settled(frame_with(0), turned), before, 1e-4);
  turned.pose.rotation = rotation_from_angles({24, 0, 0});
  EXPECT_GT(settled(frame_with(0), turned), 0.7 * before);
  turned.pose.rotation = rotation_from_angles({40, 0, 0});
  EXPECT_EQ(settled(frame_with(0), turned), 0);
}

TEST_F(DetailRendererTest, FadesWhereTheDriverIsTooSmall) {
  MotionFrame frame = frame_with(-0.2F);
  const float before = settled(frame_with(0), frame);
  frame.pose.scale = 1.1 * layout_.texels_per_cm();
  EXPECT_NEAR(settled(frame_with(0), frame), before, 1e-4);
  frame.pose.scale = 0.8 * layout_.texels_per_cm();
  EXPECT_NEAR(settled(frame_with(0), frame), 0.5 * before, 0.01);
  frame.pose.scale = 0.5 * layout_.texels_per_cm();
  EXPECT_EQ(settled(frame_with(0), frame), 0);
}

/// The shading of a noisy driver flickers, so that small ratios no longer count.
TEST_F(DetailRendererTest, LeavesOutWhatIsNoiseInANoisyDriver) {
  const auto spread_after_a_second = [&](float noise) {
    DetailRenderer renderer(model_, frame_with(0, noise, 99), PoseShading(), 1);
    double sum = 0;
    for (std::uint64_t i = 0; i < 26; ++i) {
      const std::vector<float>& light = renderer.light(
          frame_with(0, noise, i + 1), 0.04 * static_cast<double>(i), conditioning_.render(face_));
      sum = std::inner_product(light.begin(), light.end(), light.begin(), 0.0);
    }
    return std::sqrt(sum / (network_size * network_size));
  };
  EXPECT_LT(spread_after_a_second(0.004F), 0.001);
  EXPECT_LT(spread_after_a_second(0.03F), 0.002);
}

TEST_F(DetailRendererTest, RefusesDamagedPictures) {
  MotionFrame damaged = frame_with(0);
  damaged.shading->jpeg.resize(10);
  EXPECT_THROW(DetailRenderer(model_, damaged, PoseShading(), 1), InputError);
  DetailRenderer renderer(model_, frame_with(0), PoseShading(), 1);
  EXPECT_THROW(renderer.light(damaged, 0, conditioning_.render(face_)), InputError);
}

}  // namespace
}  // namespace reenact
