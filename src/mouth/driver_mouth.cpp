#include "reenact/mouth/driver_mouth.h"

#include <algorithm>
#include <cmath>

#include "mouth/low_pass.h"
#include "reenact/core/landmark_indices.h"
#include "reenact/core/openings.h"
#include "reenact/mouth/lip_contour.h"

namespace reenact {
namespace {

// FaceOpenings::mouth.
constexpr double closed = 0.012;
constexpr double open = 0.03;
constexpr double photo_shows_teeth = 0.045;
constexpr double far_wider = 1.6;
// Over the photo's own opening: from where on its teeth would be stretched too far, and where they come back.
// In between both sets of teeth would show at once, so the change takes its time whatever the opening.
constexpr double clearly_wider = 1.25;
constexpr double hardly_wider = 1.1;
constexpr double change_of_teeth_s = 0.03;
constexpr double least_share = 0.02;
constexpr double photo_parted = 0.012;
constexpr double photo_open = 0.03;

constexpr double turned_deg = 45;
constexpr double turned_away_deg = 60;
constexpr double skin_radius_cm = 0.4;

double opening_of(const FaceModel& model, const MouthPhoto& photo) {
  return OpeningGauge(model).measure(photo.identity, photo.expression).mouth;
}

template <std::size_t Count>
Eigen::Matrix2Xd places_of(const FaceModel& model, const MouthPhoto& photo,
                           const std::array<int, Count>& landmarks) {
  return LinearPoints::of_landmarks(model, {landmarks.begin(), landmarks.end()})
      .project(photo.identity, photo.expression, photo.pose);
}

PhotoColours colours_of(const FaceModel& model, const MouthPhoto& photo) {
  return photo_colours(photo.canvas,
                       {places_of(model, photo, mesh468::skin), places_of(model, photo, inner_lip_landmarks),
                        places_of(model, photo, outer_lip_landmarks), skin_radius_cm * photo.pose.scale});
}

double facing(double yaw_deg) { return 1 - smooth_step(turned_deg, turned_away_deg, std::abs(yaw_deg)); }

}  // namespace

bool DriverMouth::photo_keeps_its_own(const FaceModel& model, const MouthColours& driver,
                                      const MouthPhoto& photo) {
  const double opening = opening_of(model, photo);
  return opening >= photo_shows_teeth && driver.widest_opening <= far_wider * opening;
}

DriverMouth::DriverMouth(const FaceModel& model, const MouthColours& driver, const MouthPhoto& photo)
    : geometry_(model),
      identity_(photo.identity),
      tone_(driver, colours_of(model, photo)),
      scale_(photo.scale),
      canvas_(photo.canvas.size()),
      own_opening_(photo_keeps_its_own(model, driver, photo) ? opening_of(model, photo) : 0),
      own_lips_(1 - std::clamp((opening_of(model, photo) - photo_parted) / (photo_open - photo_parted), 0.0,
                               1.0)) {}

DriverMouth::Frame DriverMouth::follow(MotionFrame& motion, double target_yaw_deg, double time_s) {
  if (motion.tracked) last_patch_ = std::move(motion.mouth);
  motion.mouth.reset();
  Frame frame;
  frame.time_s = time_s;
  const double wanted = std::clamp((motion.openings.mouth - closed) / (open - closed), 0.0, 1.0);
  const double wider = wider_than_photo(motion.openings.mouth, time_s);
  if (wanted * wider == 0) return frame;
  const double seen = facing(head_angles(motion.pose.rotation).yaw_deg) * facing(target_yaw_deg);
  const double clear = last_patch_ ? last_patch_->confidence : 0;
  frame.amount = wanted * wider * seen * clear;
  frame.use = seen < 0.5 ? MouthUse::turned : (clear < 0.5 ? MouthUse::unclear : MouthUse::driver);
  if (frame.amount == 0) return frame;
  frame.patch = last_patch_;
  motion.openings.mouth *= 1 - frame.amount * (1 - last_patch_->opening_share);
  return frame;
}

double DriverMouth::wider_than_photo(double opening, double time_s) {
  const bool was_wide = last_wider_ && last_wider_->is_wide;
  Wider now{opening > (was_wide ? hardly_wider : clearly_wider) * own_opening_, 0, time_s};
  now.share = now.is_wide ? 1 : 0;
  if (last_wider_) {
    now.share = last_wider_->share + low_pass_gain(time_s - last_wider_->time_s, change_of_teeth_s) *
                                         (now.share - last_wider_->share);
    if (!now.is_wide && now.share < least_share) now.share = 0;
  }
  if (own_opening_ > 0) last_wider_ = now;
  return now.share;
}

std::optional<PlacedMouth> DriverMouth::place(Frame frame, const Eigen::VectorXd& expression,
                                              const Pose& pose_in_canvas) {
  if (!frame.patch) {
    placer_.reset();
    return std::nullopt;
  }
  PlacedMouth placed =
      placer_.place(*frame.patch, geometry_.project(identity_, expression, pose_in_canvas), frame.time_s);
  placed.amount = frame.amount;
  return placed;
}

void DriverMouth::paint(cv::Mat& picture, const cv::Mat& warped, const cv::Rect& box,
                        const PlacedMouth& mouth) const {
  paint_mouth(picture, {warped, own_lips_}, box, mouth, tone_, scale_);
}

}  // namespace reenact
