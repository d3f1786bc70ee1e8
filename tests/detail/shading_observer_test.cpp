#include "reenact/detail/shading_observer.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "detail/drawn_skin.h"
#include "detail/face_layout.h"
#include "detail/shading_picture.h"
#include "reenact/core/error.h"
#include "support/synthetic_face.h"

namespace reenact {
namespace {

using test::drawn;
using test::face_at;
using test::folded_skin;
using test::plain_skin;

class ShadingObserverTest : public ::testing::Test {
 protected:
  ShadingPlanes observed(const cv::Mat& view, const FaceState& state) {
    observer_.set_keyframe(drawn(model_, face_at(model_), plain_skin), face_at(model_));
    return decode_shading(*observer_.observe(view, state));
  }

  /// Texel of a neutral coordinate.
  cv::Point texel_of(const Eigen::Vector2f& neutral) const {
    const Eigen::Vector3f low = model_.mean.rowwise().minCoeff();
    const Eigen::Vector3f extent = model_.mean.rowwise().maxCoeff() - low;
    const Eigen::Vector3f place = low + extent.cwiseProduct(Eigen::Vector3f(neutral.x(), neutral.y(), 1));
    const Eigen::Matrix3Xf texel = project(layout_.camera, place);
    return {cvRound(texel(0)), cvRound(texel(1))};
  }

  /// Root mean square of the log ratio where it is believed, away from the fold.
  double rest(const ShadingPlanes& planes) const {
    double sum = 0;
    int count = 0;
    const cv::Point fold = texel_of(test::fold_place);
    for (int y = 0; y < shading_side; ++y) {
      for (int x = 0; x < shading_side; ++x) {
        const double trust = planes.confidence(y, x) * layout_.edge_fade(y, x);
        if (trust < 0.5 || cv::norm(fold - cv::Point(x, y)) < 16) continue;
        sum += planes.log_ratio(y, x) * planes.log_ratio(y, x);
        ++count;
      }
    }
    EXPECT_GT(count, 2500);
    return std::sqrt(sum / count);
  }

  const FaceModel model_ = test::make_synthetic_face();
  const FaceLayout layout_ = make_face_layout(model_);
  ShadingObserver observer_{model_};
};

TEST_F(ShadingObserverTest, KnowsNothingWithoutAKeyframe) {
  EXPECT_FALSE(observer_.observe(drawn(model_, face_at(model_), plain_skin), face_at(model_)).has_value());
}

TEST_F(ShadingObserverTest, SeesNoFoldsInTheSameSkin) {
  for (const HeadAngles& angles : {HeadAngles{0, 0, 0}, HeadAngles{10, -5, 4}}) {
    const FaceState state = face_at(model_, angles);
    EXPECT_LT(rest(observed(drawn(model_, state, plain_skin), state)), 0.02);
  }
}

TEST_F(ShadingObserverTest, TellsNothingOfSkinThatHairHangsInto) {
  const auto with_dark = [](float lowest, float highest, float middle) {
    return [=](const Eigen::Vector3f& place) {
      const bool is_dark = place.y() > lowest && place.y() < highest && std::abs(place.x() - middle) < 0.05F;
      return is_dark ? 25.0 : plain_skin(place);
    };
  };
  const FaceState face = face_at(model_);
  const auto believed = [&](float lowest, float highest) {
    ShadingObserver observer(model_);
    observer.set_keyframe(drawn(model_, face, with_dark(lowest, highest, 0.4F)), face);
    const auto shading = observer.observe(drawn(model_, face, with_dark(lowest, highest, 0.41F)), face);
    const ShadingPlanes planes = decode_shading(*shading);
    return planes.confidence(texel_of({0.47F, (lowest + 0.68F) / 2}));
  };
  const float lock = believed(0.6F, 2.0F);
  const float spot = believed(0.6F, 0.66F);
  EXPECT_LT(lock, 0.15F);
  EXPECT_GT(spot, lock + 0.3F) << "a brow is no hair that hangs into the face";
}

TEST_F(ShadingObserverTest, SeesAFoldWhereItIs) {
  for (const HeadAngles& angles : {HeadAngles{0, 0, 0}, HeadAngles{10, -5, 4}}) {
    const FaceState state = face_at(model_, angles);
    const ShadingPlanes planes = observed(drawn(model_, state, folded_skin), state);
    EXPECT_LT(planes.log_ratio(texel_of(test::fold_place)), -0.1);
    EXPECT_GT(planes.confidence(texel_of(test::fold_place)), 0.5);
    EXPECT_LT(rest(planes), 0.025);
  }
}

TEST_F(ShadingObserverTest, DoesNotMindADimmerRoom) {
  const FaceState state = face_at(model_);
  EXPECT_LT(
      rest(observed(drawn(model_, state, [](const auto& place) { return 0.6 * plain_skin(place); }), state)),
      0.02);
  const auto from_the_left = [](const auto& place) { return (0.7 + 0.5 * place.x()) * plain_skin(place); };
  EXPECT_LT(rest(observed(drawn(model_, state, from_the_left), state)), 0.04);
}

TEST_F(ShadingObserverTest, DoesNotBelieveWhatCoversTheFace) {
  const FaceState state = face_at(model_);
  cv::Mat view = drawn(model_, state, plain_skin);
  const ShadingPlanes before = observed(view, state);
  for (int finger = 0; finger < 4; ++finger) {  // over the right half of the picture
    cv::rectangle(view, cv::Rect(66, 50 + 8 * finger, 40, 4), cv::Scalar(60), cv::FILLED);
  }
  const ShadingPlanes covered = observed(view, state);
  const cv::Point cheek = texel_of(test::fold_place);
  const cv::Point other_cheek(shading_side - 1 - cheek.x, cheek.y);
  EXPECT_GT(before.confidence(cheek), 0.8);
  EXPECT_LT(covered.confidence(cheek), 0.3);
  EXPECT_GT(covered.confidence(other_cheek), 0.7);
}

TEST_F(ShadingObserverTest, DoesNotBelieveWhatIsTurnedAwayOrOutOfThePicture) {
  const cv::Point cheek = texel_of(test::fold_place);
  FaceState state = face_at(model_, {-60, 0, 0});
  const ShadingPlanes left = observed(drawn(model_, state, plain_skin), state);
  state = face_at(model_, {60, 0, 0});
  const ShadingPlanes right = observed(drawn(model_, state, plain_skin), state);
  EXPECT_GT(std::abs(left.confidence(cheek) - right.confidence(cheek)), 0.5);
  state = face_at(model_);
  state.pose.translation.x() += 300;
  EXPECT_EQ(cv::countNonZero(observed(drawn(model_, state, plain_skin), state).confidence > 0.05), 0);
}

TEST(ShadingPicture, SurvivesItsEncoding) {
  ShadingPlanes planes{cv::Mat_<float>(shading_side, shading_side),
                       cv::Mat_<float>(shading_side, shading_side)};
  for (int y = 0; y < shading_side; ++y) {
    for (int x = 0; x < shading_side; ++x) {
      planes.log_ratio(y, x) =
          0.3F * std::sin(0.15F * static_cast<float>(x)) * std::cos(0.1F * static_cast<float>(y));
      planes.confidence(y, x) = 0.5F + 0.5F * std::cos(0.05F * static_cast<float>(x + y));
    }
  }
  const ShadingPlanes decoded = decode_shading(encode_shading(planes));
  EXPECT_LT(cv::norm(decoded.log_ratio, planes.log_ratio, cv::NORM_INF), 0.03);
  EXPECT_LT(cv::norm(decoded.confidence, planes.confidence, cv::NORM_INF), 0.05);
}

TEST(ShadingPicture, RefusesWhatIsNoPictureOfItsSize) {
  EXPECT_THROW(decode_shading({}), InputError);
  EXPECT_THROW(decode_shading({{0xFF, 0xD8, 0xFF, 0xD9}}), InputError);
  EXPECT_THROW(decode_shading({std::vector<std::uint8_t>(500, 7)}), InputError);
}

}  // namespace
}  // namespace reenact
