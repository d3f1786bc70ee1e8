#include "reenact/mouth/driver_mouth.h"

#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>

#include "mouth/drawn_mouth.h"
#include "reenact/core/error.h"
#include "reenact/core/openings.h"
#include "support/shipped_face_model.h"

namespace reenact {
namespace {

const FaceModel& model() { return test::shipped_face_model(); }

MouthPhoto photo(double jaw_open = 0) {
  MouthPhoto photo;
  photo.canvas = cv::Mat(400, 400, CV_8UC3, test::skin_bgr);
  photo.identity = Eigen::VectorXd::Zero(model().identity_count());
  photo.expression = Eigen::VectorXd::Zero(model().expression_count());
  photo.expression[model().expression_index("jawOpen")] = jaw_open;
  photo.pose.scale = 12;
  photo.pose.translation = {200, 200};
  return photo;
}

MouthColours colours(double widest_opening = 0.3) {
  MouthColours driver;
  driver.skin = {65, 15, 20};
  driver.lips = {50, 30, 15};
  driver.widest_opening = widest_opening;
  return driver;
}

MotionFrame open_frame(double opening, double confidence = 1) {
  MotionFrame frame;
  frame.openings.mouth = opening;
  frame.mouth.emplace();
  cv::imencode(".jpg", cv::Mat(96, 192, CV_8UC3, test::dark_bgr), frame.mouth->jpeg);
  frame.mouth->lip_edge = dense_lip_contour(test::DrawnMouth{{96, 48}, 64, 24, 10, 0}.inner());
  frame.mouth->opening_share = 0.8;
  frame.mouth->confidence = confidence;
  frame.mouth->upper_teeth = {96, 30};
  frame.mouth->anchors =
      MouthGeometry(model()).project(photo().identity, photo().expression, photo().pose).anchors;
  return frame;
}

/// Its left half, and what lies beyond it, in a seventh of the width.
MotionFrame half_hidden_frame(double opening) {
  MotionFrame frame = open_frame(opening);
  Eigen::Matrix2Xd& edge = frame.mouth->lip_edge;
  const double middle = edge.row(0).mean();
  for (Eigen::Index i = 0; i < edge.cols(); ++i) {
    const double from_middle = edge(0, i) - middle;
    if ((from_middle > 0) == (edge(0, 0) < middle)) edge(0, i) = middle + from_middle / 12;
  }
  return frame;
}

DriverMouth::Frame follow(DriverMouth& mouth, MotionFrame frame, double target_yaw_deg = 0) {
  return mouth.follow(frame, target_yaw_deg, 0, 0);
}

TEST(DriverMouth, ClosesTheMouthToWhereTheLipsAre) {
  DriverMouth mouth(model(), colours(), photo());
  MotionFrame frame = open_frame(0.2);
  EXPECT_EQ(mouth.follow(frame, 0, 0, 0).use, MouthUse::driver);
  EXPECT_NEAR(frame.openings.mouth, 0.16, 1e-12);
  frame = open_frame(0.2, 0.5);
  EXPECT_NEAR(mouth.follow(frame, 0, 0, 0).amount, 0.5, 1e-12);
  EXPECT_NEAR(frame.openings.mouth, 0.18, 1e-12);
}

TEST(DriverMouth, FadesInAsTheMouthOpens) {
  DriverMouth mouth(model(), colours(), photo());
  EXPECT_EQ(follow(mouth, open_frame(0.012)).use, MouthUse::closed);
  EXPECT_EQ(follow(mouth, open_frame(0.012)).amount, 0);
  EXPECT_NEAR(follow(mouth, open_frame(0.021)).amount, 0.5, 1e-9);
  EXPECT_EQ(follow(mouth, open_frame(0.03)).amount, 1);
}

TEST(DriverMouth, LeavesTurnedAndUnclearMouthsToTheGenerator) {
  DriverMouth mouth(model(), colours(), photo());
  EXPECT_EQ(follow(mouth, open_frame(0.2, 0)).use, MouthUse::unclear);
  EXPECT_FALSE(follow(mouth, open_frame(0.2, 0)).patch.has_value());
  EXPECT_EQ(follow(mouth, open_frame(0.2, 0.7), 60).use, MouthUse::turned);
  EXPECT_EQ(follow(mouth, open_frame(0.2, 0.7), -60).amount, 0);
  double before = 0.7;
  for (double yaw_deg = 0; yaw_deg <= 65; yaw_deg += 1) {
    MotionFrame turned = open_frame(0.2, 0.7);  // not clear enough to be remembered
    turned.pose.rotation = rotation_from_angles({yaw_deg, 0, 0});
    const double amount = follow(mouth, turned).amount;
    EXPECT_LE(amount, before);
    EXPECT_LT(before - amount, 0.2);
    before = amount;
  }
  EXPECT_EQ(before, 0);
}

TEST(DriverMouth, LacksWhatIsOpenedAndHardlyTheDrivers) {
  DriverMouth mouth(model(), colours(), photo());
  EXPECT_EQ(follow(mouth, open_frame(0.2)).lack, 0);
  EXPECT_EQ(follow(mouth, open_frame(0.2, 0.6)).lack, 0) << "two sets of teeth would mix";
  EXPECT_EQ(follow(mouth, open_frame(0.2, 0)).lack, 1);
  EXPECT_EQ(follow(mouth, open_frame(0.01, 0)).lack, 0) << "nothing is opened";
  EXPECT_EQ(follow(mouth, open_frame(0.2), 60).lack, 1);
  DriverMouth new_mouth(model(), colours(), photo());
  EXPECT_EQ(follow(new_mouth, half_hidden_frame(0.2)).lack, 1) << "and no other was seen";
  double before = 1;
  for (double confidence = 0; confidence <= 0.6; confidence += 0.02) {
    const double lack = follow(mouth, open_frame(0.2, confidence)).lack;
    EXPECT_LE(lack, before);
    EXPECT_LT(before - lack, 0.1);
    before = lack;
  }
}

TEST(DriverMouth, ShowsTheDriversTeethInThreeQuarterViews) {
  DriverMouth mouth(model(), colours(), photo());
  EXPECT_EQ(follow(mouth, open_frame(0.2), 42).amount, 1);
  MotionFrame turned = open_frame(0.2);
  turned.pose.rotation = rotation_from_angles({-42, 0, 0});
  EXPECT_EQ(follow(mouth, turned).amount, 1);
}

TEST(DriverMouth, LeavesHalfHiddenMouthsToTheGeneratorIfItHasSeenNoOther) {
  DriverMouth mouth(model(), colours(), photo());
  EXPECT_EQ(follow(mouth, half_hidden_frame(0.2)).use, MouthUse::turned);
  EXPECT_EQ(follow(mouth, half_hidden_frame(0.2)).amount, 0);
}

TEST(DriverMouth, ShowsAMouthSeenBeforeWhileHalfOfItIsHidden) {
  DriverMouth mouth(model(), colours(), photo());
  MotionFrame wide = open_frame(0.2);
  MotionFrame narrow = open_frame(0.08);
  wide.mouth->pixel_size = 2;
  narrow.mouth->pixel_size = 3;
  double time_s = 0;
  const auto follow_next = [&](MotionFrame frame) { return mouth.follow(frame, 0, 0, time_s += 0.04); };
  follow_next(wide);
  follow_next(narrow);
  const DriverMouth::Frame shown = follow_next(half_hidden_frame(0.21));
  EXPECT_EQ(shown.use, MouthUse::remembered);
  EXPECT_EQ(shown.amount, 1);
  ASSERT_TRUE(shown.patch.has_value());
  EXPECT_EQ(shown.patch->pixel_size, 2);
  EXPECT_EQ(follow_next(half_hidden_frame(0.16)).patch->pixel_size, 2);  // kept while it suits
  EXPECT_EQ(follow_next(half_hidden_frame(0.08)).patch->pixel_size, 3);
  EXPECT_EQ(follow_next(wide).use, MouthUse::driver);
}

TEST(DriverMouth, DoesNotRememberWhatItCannotSeeWell) {
  DriverMouth mouth(model(), colours(), photo());
  follow(mouth, open_frame(0.2, 0.6));
  EXPECT_EQ(follow(mouth, half_hidden_frame(0.2)).use, MouthUse::turned);
}

TEST(DriverMouth, HoldsThePatchWhileTheFaceIsLost) {
  DriverMouth mouth(model(), colours(), photo());
  MotionFrame lost = open_frame(0.2);
  lost.tracked = false;
  lost.mouth.reset();
  EXPECT_FALSE(follow(mouth, lost).patch.has_value());
  follow(mouth, open_frame(0.2));
  EXPECT_TRUE(follow(mouth, lost).patch.has_value());
  MotionFrame without = lost;
  without.tracked = true;
  EXPECT_FALSE(follow(mouth, without).patch.has_value());
  EXPECT_FALSE(follow(mouth, lost).patch.has_value());
}

TEST(DriverMouth, PhotosThatShowTeethKeepTheirOwn) {
  EXPECT_FALSE(DriverMouth::photo_keeps_its_own(model(), colours(0.3), photo(0)));
  EXPECT_TRUE(DriverMouth::photo_keeps_its_own(model(), colours(0.05), photo(0.6)));
  EXPECT_FALSE(DriverMouth::photo_keeps_its_own(model(), colours(4), photo(0.6)));
}

TEST(DriverMouth, TeethOfThePhotoAreNotStretchedToAFarWiderMouth) {
  const MouthPhoto smiling = photo(0.6);
  const double own = OpeningGauge(model()).measure(smiling.identity, smiling.expression).mouth;
  const MouthColours driver = colours(1.5 * own);
  ASSERT_TRUE(DriverMouth::photo_keeps_its_own(model(), driver, smiling));
  DriverMouth mouth(model(), driver, smiling);
  constexpr double frame_s = 0.04;
  double time_s = 0;
  const auto amount = [&](double over_own) {
    MotionFrame frame = open_frame(over_own * own);
    return mouth.follow(frame, 0, 0, time_s += frame_s).amount;
  };
  EXPECT_EQ(amount(1.0), 0);
  EXPECT_EQ(amount(1.2), 0);
  EXPECT_GT(amount(1.4), 0.5);
  for (int i = 0; i < 10; ++i) amount(1.4);
  EXPECT_GT(amount(1.2), 0.99);  // not back and forth
  EXPECT_LT(amount(1.0), 0.5);
  for (int i = 0; i < 10; ++i) amount(1.0);
  EXPECT_EQ(amount(1.0), 0);
}

TEST(DriverMouth, TeethOfAGrinThatGaveWayGoWithIt) {
  const MouthPhoto smiling = photo(0.6);
  const double own = OpeningGauge(model()).measure(smiling.identity, smiling.expression).mouth;
  DriverMouth mouth(model(), colours(own), smiling);
  double time_s = 0;
  const auto amount = [&](double grin_given_way) {
    MotionFrame frame = open_frame(own);
    return mouth.follow(frame, 0, grin_given_way, time_s += 0.04).amount;
  };
  EXPECT_EQ(amount(0), 0);
  EXPECT_EQ(amount(0.3), 0);
  EXPECT_GT(amount(0.6), 0.5);
  for (int i = 0; i < 10; ++i) amount(0.3);
  EXPECT_GT(amount(0.3), 0.99);  // not back and forth
  for (int i = 0; i < 10; ++i) amount(0.1);
  EXPECT_EQ(amount(0.1), 0);
}

TEST(DriverMouth, PaintsBetweenTheLipsOfTheMovedPhoto) {
  const MouthPhoto target = photo();
  DriverMouth mouth(model(), colours(), target);
  const Eigen::VectorXd open = photo(0.5).expression;
  EXPECT_FALSE(mouth.place({}, open, target.pose).has_value());
  const std::optional<PlacedMouth> placed = mouth.place(follow(mouth, open_frame(0.2)), open, target.pose);
  ASSERT_TRUE(placed.has_value());
  const cv::Rect box = mouth.box(*placed);
  cv::Mat picture = target.canvas.clone();
  cv::Mat part = picture(box);
  mouth.paint(part, box, *placed);
  const Eigen::Vector2d middle = placed->opening.rowwise().mean();
  EXPECT_LT(picture.at<cv::Vec3b>(cvRound(middle.y()), cvRound(middle.x()))[2], 120);
  EXPECT_EQ(picture.at<cv::Vec3b>(box.y, box.x), target.canvas.at<cv::Vec3b>(0, 0));
}

TEST(DriverMouth, LaysThePhotosLipsWhereTheyAre) {
  MouthPhoto target = photo(0.3);
  for (int x = 0; x < target.canvas.cols; ++x) target.canvas.col(x).setTo(cv::Scalar(x % 200, 100, 180));
  DriverMouth mouth(model(), colours(), target);
  const auto placed = mouth.place(follow(mouth, open_frame(0.3)), target.expression, target.pose);
  ASSERT_TRUE(placed.has_value());
  const cv::Rect box = mouth.box(*placed);
  cv::Mat picture(target.canvas.size(), CV_8UC3, cv::Scalar(255, 255, 255));
  cv::Mat part = picture(box);
  mouth.paint(part, box, *placed);
  for (const int i : {15, 25, 55, 65}) {  // of the contour: both halves of both lips
    const Eigen::Vector2d on_lip = 0.5 * placed->opening.col(i) + 0.5 * placed->lips.col(i);
    const int x = cvRound(on_lip.x());
    EXPECT_NEAR(picture.at<cv::Vec3b>(cvRound(on_lip.y()), x)[0], x % 200, 6) << i;
  }
}

/// A photo that smiles with teeth of a colour.
MouthPhoto smile(const cv::Scalar& teeth) {
  MouthPhoto smiling = photo(0.4);
  const auto points = [&](const auto& landmarks) {
    const Eigen::Matrix2Xd places = LinearPoints::of_landmarks(model(), {landmarks.begin(), landmarks.end()})
                                        .project(smiling.identity, smiling.expression, smiling.pose);
    std::vector<cv::Point> polygon;
    for (Eigen::Index i = 0; i < places.cols(); ++i)
      polygon.emplace_back(cvRound(places(0, i)), cvRound(places(1, i)));
    return std::vector<std::vector<cv::Point>>{polygon};
  };
  cv::fillPoly(smiling.canvas, points(outer_lip_landmarks), test::lips_bgr);
  cv::fillPoly(smiling.canvas, points(inner_lip_landmarks), teeth);
  return smiling;
}

/// Blue over red in the middle of a driver's teeth, on a photo with teeth of a colour.
double painted_teeth(const cv::Scalar& own_teeth) {
  const MouthPhoto smiling = smile(own_teeth);
  MouthColours driver = colours(4);
  driver.teeth = lab_of_bgr({test::teeth_bgr[0], test::teeth_bgr[1], test::teeth_bgr[2]});
  DriverMouth mouth(model(), driver, smiling);
  MotionFrame frame = open_frame(0.3);
  cv::imencode(".jpg", cv::Mat(96, 192, CV_8UC3, test::teeth_bgr), frame.mouth->jpeg);
  const auto placed = mouth.place(follow(mouth, frame), photo(0.5).expression, smiling.pose);
  const cv::Rect box = mouth.box(*placed);
  cv::Mat picture = smiling.canvas.clone();
  cv::Mat part = picture(box);
  mouth.paint(part, box, *placed);
  const Eigen::Vector2d middle = placed->opening.rowwise().mean();
  const auto& teeth = picture.at<cv::Vec3b>(cvRound(middle.y()), cvRound(middle.x()));
  return static_cast<double>(teeth[0]) / teeth[2];
}

TEST(DriverMouth, ShutMouthsOfPhotosThatShowTeethAreClosedOverThem) {
  const MouthPhoto smiling = smile(test::teeth_bgr);
  const Eigen::VectorXd shut = photo(0).expression;
  DriverMouth mouth(model(), colours(4), smiling);
  const auto placed = [&](double opening) {
    return mouth.place(follow(mouth, open_frame(opening)), shut, smiling.pose);
  };
  ASSERT_TRUE(placed(0.01).has_value());
  EXPECT_EQ(placed(0.01)->amount, 0);
  EXPECT_EQ(placed(0.01)->shut, 1);
  EXPECT_NEAR(placed(0.0325)->shut, 0.5, 1e-9);
  EXPECT_EQ(placed(0.2)->shut, 0);
  DriverMouth without(model(), colours(4), photo(0));
  EXPECT_FALSE(without.place(follow(without, open_frame(0.01)), shut, smiling.pose).has_value());
}

TEST(DriverMouth, TeethHaveTheColourOfThosePhotosShow) {
  EXPECT_LT(painted_teeth({140, 195, 205}), 0.9 * painted_teeth({200, 205, 205}));
}

/// Pixels like a photo's teeth in a mouth that the driver opens wide and, with `drivers_row`, shows teeth in
/// down to that row of its picture.
int pixels_of_own_teeth(const MouthPhoto& target, int drivers_row) {
  MouthColours driver = colours(4);
  driver.skin = lab_of_bgr({test::skin_bgr[0], test::skin_bgr[1], test::skin_bgr[2]});
  driver.lips = lab_of_bgr({test::lips_bgr[0], test::lips_bgr[1], test::lips_bgr[2]});
  DriverMouth mouth(model(), driver, target);
  MotionFrame frame = open_frame(0.4);
  cv::Mat inside(96, 192, CV_8UC3, test::dark_bgr);
  inside.rowRange(0, drivers_row) = cv::Scalar(200, 215, 225);
  cv::imencode(".jpg", inside, frame.mouth->jpeg);
  const auto placed = mouth.place(follow(mouth, frame), photo(0.9).expression, target.pose);
  const cv::Rect box = mouth.box(*placed);
  cv::Mat picture = target.canvas.clone();
  cv::Mat part = picture(box);
  mouth.paint(part, box, *placed);
  cv::Mat found;
  cv::inRange(picture, cv::Scalar(150, 150, 110), cv::Scalar(255, 255, 150), found);
  return cv::countNonZero(found);
}

TEST(DriverMouth, APhotosRowOfTeethStaysInWiderMouths) {
  const MouthPhoto smiling = smile({200, 190, 130});  // told from the driver's by their colour
  EXPECT_EQ(pixels_of_own_teeth(photo(0), 0), 0);
  const int alone = pixels_of_own_teeth(smiling, 0);
  EXPECT_GT(alone, 100);
  EXPECT_GT(pixels_of_own_teeth(smiling, 60), alone) << "a longer row of the driver's draws it down";
}

TEST(DriverMouth, RefusesPicturesThatAreNone) {
  DriverMouth mouth(model(), colours(), photo());
  MotionFrame frame = open_frame(0.3);
  frame.mouth->jpeg = {0xFF, 0xD8, 0xFF, 0xD9};
  const DriverMouth::Frame followed = follow(mouth, frame);
  EXPECT_THROW(mouth.place(followed, photo(0.5).expression, photo().pose), InputError);
}

/// A driver of the drawn mouths' colours.
MouthColours drawn_colours() {
  MouthColours driver = colours(4);
  driver.skin = lab_of_bgr({test::skin_bgr[0], test::skin_bgr[1], test::skin_bgr[2]});
  driver.lips = lab_of_bgr({test::lips_bgr[0], test::lips_bgr[1], test::lips_bgr[2]});
  driver.teeth = lab_of_bgr({test::teeth_bgr[0], test::teeth_bgr[1], test::teeth_bgr[2]});
  return driver;
}

/// Opens with teeth down to `row` of the driver's picture.
MotionFrame toothy_frame(int row) {
  MotionFrame frame = open_frame(0.4);
  cv::Mat inside(96, 192, CV_8UC3, test::dark_bgr);
  inside.rowRange(0, row) = test::teeth_bgr;
  cv::imencode(".jpg", inside, frame.mouth->jpeg);
  return frame;
}

class DrawnRow : public ::testing::Test {
 protected:
  explicit DrawnRow(const MouthColours& driver = drawn_colours(), const MouthPhoto& photo_of = photo(0))
      : target(photo_of), mouth(model(), driver, target) {}

  /// After five frames.
  PlacedMouth placed(int teeth_end, double yaw_deg = 0) {
    Pose pose = target.pose;
    pose.rotation = rotation_from_angles({yaw_deg, 0, 0});
    std::optional<PlacedMouth> last;
    for (int i = 0; i < 5; ++i) {
      time_s += 0.1;
      MotionFrame frame = toothy_frame(teeth_end);
      last = mouth.place(mouth.follow(frame, yaw_deg, 0, time_s), photo(0.5).expression, pose);
    }
    return *last;
  }

  MouthPhoto target;
  DriverMouth mouth;
  double time_s = 0;
};

TEST_F(DrawnRow, IsShownWhereTheDriverShowsTeeth) {
  const PlacedMouth shown = placed(44);
  ASSERT_TRUE(shown.drawn_row);
  EXPECT_GT(shown.drawn_row->share, 0.95);
  const double drivers = (shown.patch_from_canvas.inverse() * Eigen::Vector2d(96, 44)).y();
  EXPECT_NEAR(shown.drawn_row->middle().y(), drivers, 0.2 * target.pose.scale);
  EXPECT_LT(placed(0).drawn_row->share, 0.05) << "a mouth without";
  EXPECT_GT(placed(44).drawn_row->share, 0.95);
}

TEST_F(DrawnRow, IsNotShownFromTheSide) {
  EXPECT_GT(placed(44, 20).drawn_row->share, 0.95);
  EXPECT_EQ(placed(44, 36).drawn_row->share, 0);
}

TEST_F(DrawnRow, IsNotDrawnForPhotosThatShowTheirOwn) {
  DriverMouth smiling(model(), drawn_colours(), smile(test::teeth_bgr));
  MotionFrame frame = toothy_frame(44);
  const auto shown = smiling.place(smiling.follow(frame, 0, 0, 0), photo(0.9).expression, target.pose);
  EXPECT_FALSE(shown->drawn_row);
}

TEST_F(DrawnRow, IsNotDrawnWhereATonguePassedForTeeth) {
  MouthColours driver = drawn_colours();
  driver.teeth = Eigen::Vector3d(driver.skin[0], driver.skin[1], driver.skin[2]);
  DriverMouth tongue(model(), driver, target);
  MotionFrame frame = toothy_frame(44);
  EXPECT_FALSE(tongue.place(tongue.follow(frame, 0, 0, 0), photo(0.5).expression, target.pose)->drawn_row);
  driver.teeth.reset();
  DriverMouth unknown(model(), driver, target);
  MotionFrame again = toothy_frame(44);
  EXPECT_TRUE(unknown.place(unknown.follow(again, 0, 0, 0), photo(0.5).expression, target.pose)->drawn_row);
}

}  // namespace
}  // namespace reenact
