#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/core.hpp>

#include "layers/background_fill.h"
#include "layers/guided_filter.h"
#include "layers/masks.h"
#include "layers/person_probability.h"
#include "layers/pull_push.h"

namespace reenact {
namespace {

cv::Mat random_picture(cv::Size size) {
  cv::Mat picture(size, CV_32FC3);
  cv::RNG(7).fill(picture, cv::RNG::UNIFORM, 0.2, 0.8);
  return picture;
}

cv::Mat everywhere(const cv::Mat& picture) { return {picture.size(), CV_8UC1, cv::Scalar(255)}; }

TEST(GuidedFilter, FindsALinearFunctionOfTheGuide) {
  const cv::Mat guide = random_picture({40, 30});
  cv::Mat target(guide.size(), CV_32FC1);
  for (int y = 0; y < guide.rows; ++y) {
    for (int x = 0; x < guide.cols; ++x) {
      target.at<float>(y, x) = guide.at<cv::Vec3f>(y, x).dot(cv::Vec3f(0.3F, 0.2F, 0.1F)) + 0.1F;
    }
  }
  const LocalLinearModel model = fit_local_linear(guide, target, 3, 1e-6, everywhere(guide));
  EXPECT_LT(cv::norm(apply(model, guide), target, cv::NORM_INF), 1e-3);
}

TEST(GuidedFilter, IsTheMeanWhereTheGuideSaysNothing) {
  const cv::Mat guide(20, 20, CV_32FC3, cv::Scalar::all(0.5));
  cv::Mat target = cv::Mat::zeros(20, 20, CV_32FC1);
  target.colRange(10, 20).setTo(1);
  const cv::Mat result = apply(fit_local_linear(guide, target, 2, 1e-4, everywhere(guide)), guide);
  EXPECT_NEAR(result.at<float>(10, 2), 0, 1e-5);
  EXPECT_NEAR(result.at<float>(10, 9) + result.at<float>(10, 10), 1, 1e-4);
  EXPECT_GT(result.at<float>(10, 9), 0.3);
}

TEST(GuidedFilter, IsTheSameWhereItIsAskedFor) {
  const cv::Mat guide = random_picture({60, 50});
  cv::Mat target(guide.size(), CV_32FC1);
  cv::RNG(3).fill(target, cv::RNG::UNIFORM, 0, 1);
  for (const int radius : {2, 5, 7}) {
    cv::Mat where = cv::Mat::zeros(guide.size(), CV_8UC1);
    where(cv::Rect(0, 7, 20, 1)).setTo(255);
    where(cv::Rect(40, 20, 20, 30)).setTo(255);
    cv::Mat part = apply(fit_local_linear(guide, target, radius, 1e-4, where), guide);
    cv::Mat whole = apply(fit_local_linear(guide, target, radius, 1e-4, everywhere(guide)), guide);
    part.setTo(0, ~where);
    whole.setTo(0, ~where);
    EXPECT_LT(cv::norm(part, whole, cv::NORM_INF), 1e-5) << radius;
  }
}

TEST(Masks, ErodeByADistanceAndNotFromThePicturesBorder) {
  cv::Mat mask(20, 20, CV_8UC1, cv::Scalar(255));
  mask.col(0).setTo(0);
  const cv::Mat result = eroded(mask, 3);
  EXPECT_EQ(result.at<uchar>(10, 3), 0);
  EXPECT_EQ(result.at<uchar>(10, 4), 255);
  EXPECT_EQ(result.at<uchar>(0, 19), 255);
  EXPECT_EQ(cv::countNonZero(eroded(cv::Mat(5, 5, CV_8UC1, cv::Scalar(255)), 2)), 25);
}

TEST(PullPush, ContinuesAPlainPictureUnchanged) {
  const cv::Mat picture(37, 53, CV_32FC3, cv::Scalar(0.2, 0.5, 0.7));
  cv::Mat clean = cv::Mat::zeros(picture.size(), CV_8UC1);
  clean.colRange(0, 4).setTo(255);
  EXPECT_LT(cv::norm(pull_push(picture, clean), picture, cv::NORM_INF), 1e-5);
}

TEST(PullPush, StaysBetweenWhatItContinues) {
  cv::Mat picture = random_picture({64, 48});
  cv::Mat clean = cv::Mat::zeros(picture.size(), CV_8UC1);
  clean.colRange(0, 20).setTo(255);
  picture.setTo(cv::Scalar::all(9), ~clean);  // is not looked at
  const cv::Mat filled = pull_push(picture, clean);
  double lowest = 0;
  double highest = 0;
  cv::minMaxLoc(filled.reshape(1), &lowest, &highest);
  EXPECT_GE(lowest, 0.2 - 1e-5);
  EXPECT_LE(highest, 0.8 + 1e-5);
}

TEST(FillBackground, LeavesWhatIsCleanAlone) {
  const cv::Mat picture = random_picture({80, 60});
  cv::Mat clean(picture.size(), CV_8UC1, cv::Scalar(255));
  clean(cv::Rect(30, 20, 20, 20)).setTo(0);
  for (const double cm : {8, 20}) {
    cv::Mat filled = fill_background(picture, clean, cm);
    EXPECT_GT(cv::norm(filled, picture, cv::NORM_INF), 0.1);
    picture.copyTo(filled, ~clean);
    EXPECT_EQ(cv::norm(filled, picture, cv::NORM_INF), 0) << cm;
  }
}

/// Dark and light stripes 0.8 cm wide at 10 pixels a cm, which run along the rows, or along the columns.
cv::Mat stripes(bool along_rows) {
  cv::Mat picture(160, 160, CV_32FC3);
  picture.forEach<cv::Vec3f>([&](cv::Vec3f& pixel, const int* at) {
    pixel = cv::Vec3f::all((at[along_rows ? 0 : 1] / 8) % 2 == 0 ? 0.3F : 0.7F);
  });
  return picture;
}

TEST(FillBackground, ContinuesEdgesBehindThePerson) {
  cv::Mat clean(160, 160, CV_8UC1, cv::Scalar(255));
  clean(cv::Rect(50, 70, 60, 90)).setTo(0);  // to the lower border
  for (const bool along_rows : {true, false}) {
    const cv::Mat picture = stripes(along_rows);
    cv::Mat seen = picture.clone();
    seen.setTo(cv::Scalar(0.9, 0.2, 0.1), ~clean);
    const cv::Mat filled = fill_background(seen, clean, 10);
    const cv::Rect near_the_border(54, 74, 12, 60);
    const double error = cv::norm(filled(near_the_border), picture(near_the_border), cv::NORM_L1) /
                         (3.0 * near_the_border.area());
    EXPECT_LT(error, 0.05) << along_rows;  // a smooth fill is 0.2 off
  }
}

TEST(FillBackground, GoesOnWithoutAStepWhereNothingIsAlike) {
  cv::Mat picture(80, 120, CV_32FC3, cv::Scalar::all(0.3));
  const cv::Rect window(20, 0, 4, 80);  // too narrow for a patch of its own
  picture(window).setTo(cv::Scalar::all(0.9));
  cv::Mat clean(picture.size(), CV_8UC1, cv::Scalar(255));
  clean(cv::Rect(24, 0, 40, 80)).setTo(0);
  const cv::Mat filled = fill_background(picture, clean, 8);
  EXPECT_GT(cv::mean(filled(cv::Rect(25, 10, 2, 60)))[0], 0.7);
  EXPECT_NEAR(cv::mean(filled(cv::Rect(61, 10, 2, 60)))[0], 0.3, 0.1);
}

TEST(FillBackground, ShowsNothingOfThePerson) {
  cv::Mat picture(90, 120, CV_32FC3, cv::Scalar(0.4, 0.5, 0.6));
  cv::Mat clean(picture.size(), CV_8UC1, cv::Scalar(255));
  clean(cv::Rect(40, 20, 40, 70)).setTo(0);
  picture.setTo(cv::Scalar(1, 0, 0), ~clean);
  const cv::Mat plain(picture.size(), CV_32FC3, cv::Scalar(0.4, 0.5, 0.6));
  EXPECT_LT(cv::norm(fill_background(picture, clean, 8), plain, cv::NORM_INF), 1e-4);
}

TEST(FillBackground, HasTheGrainOfTheBackground) {
  const cv::Mat picture = random_picture({160, 120});
  cv::Mat clean(picture.size(), CV_8UC1, cv::Scalar(255));
  const cv::Rect hole(60, 40, 40, 80);
  clean(hole).setTo(0);
  cv::Scalar mean;
  cv::Scalar expected;
  cv::Scalar deviation;
  cv::meanStdDev(picture, mean, expected);
  cv::meanStdDev(fill_background(picture, clean, 10)(hole), mean, deviation);
  EXPECT_GT(deviation[0], 0.7 * expected[0]);
  EXPECT_LT(deviation[0], 1.2 * expected[0]);
}

TEST(FillBackground, StaysInTheRangeOfAPicture) {
  cv::Mat picture = random_picture({80, 60});
  picture.forEach<cv::Vec3f>([](cv::Vec3f& pixel, const int*) {
    for (int c = 0; c < 3; ++c) pixel[c] = std::round(pixel[c]);
  });
  cv::Mat clean(picture.size(), CV_8UC1, cv::Scalar(255));
  clean(cv::Rect(30, 20, 20, 20)).setTo(0);
  double lowest = 0;
  double highest = 0;
  cv::minMaxLoc(fill_background(picture, clean, 8).reshape(1), &lowest, &highest);
  EXPECT_GE(lowest, 0);
  EXPECT_LE(highest, 1);
}

TEST(FillBackground, IsTheSameEachTime) {
  const cv::Mat picture = random_picture({120, 90});
  cv::Mat clean(picture.size(), CV_8UC1, cv::Scalar(255));
  clean(cv::Rect(40, 20, 40, 70)).setTo(0);
  EXPECT_EQ(cv::norm(fill_background(picture, clean, 8), fill_background(picture, clean, 8), cv::NORM_INF),
            0);
}

TEST(FillBackground, IsSmoothWhereNoPatchIsWholeAndOddSizesAreFine) {
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(3, 200), cv::Size(200, 5), cv::Size(64, 64)}) {
    const cv::Mat picture = random_picture(size);
    cv::Mat clean = cv::Mat::zeros(size, CV_8UC1);
    clean.col(0).setTo(255);
    const cv::Mat filled = fill_background(picture, clean, 8);
    ASSERT_EQ(filled.size(), size);
    double lowest = 0;
    double highest = 0;
    cv::minMaxLoc(filled.reshape(1), &lowest, &highest);
    EXPECT_GE(lowest, 0.2 - 1e-4) << size;
    EXPECT_LE(highest, 0.8 + 1e-4) << size;
  }
}

TEST(KeepPerson, FillsSmallHolesAndKeepsLargeOnes) {
  cv::Mat probability(100, 100, CV_32FC1, cv::Scalar(1));
  probability.col(0).setTo(0);
  probability(cv::Rect(20, 20, 8, 8)).setTo(0);
  probability(cv::Rect(60, 60, 20, 20)).setTo(0);
  cv::Mat inner = cv::Mat::zeros(probability.size(), CV_8UC1);
  inner(cv::Rect(40, 40, 10, 10)).setTo(255);
  keep_person(probability, inner, 10);
  EXPECT_EQ(probability.at<float>(24, 24), 1);
  EXPECT_EQ(probability.at<float>(70, 70), 0);
}

TEST(KeepPerson, ForgetsWhatIsUnsureAndFar) {
  cv::Mat probability = cv::Mat::zeros(100, 200, CV_32FC1);
  probability.colRange(10, 60).setTo(1);
  probability.colRange(60, 150).setTo(0.6);
  cv::Mat inner = cv::Mat::zeros(probability.size(), CV_8UC1);
  inner(cv::Rect(20, 40, 10, 10)).setTo(255);
  keep_person(probability, inner, 10);
  EXPECT_NEAR(probability.at<float>(50, 65), 0.6, 1e-6);
  EXPECT_EQ(probability.at<float>(50, 100), 0);
}

}  // namespace
}  // namespace reenact
