#include "reenact/mouth/driver_mouth.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "mouth/low_pass.h"
#include "reenact/core/error.h"
#include "reenact/core/landmark_indices.h"
#include "reenact/core/openings.h"
#include "reenact/mouth/lip_contour.h"

namespace reenact {
namespace {

// FaceOpenings::mouth.
constexpr double closed = 0.012;
constexpr double open = 0.03;
/// Openings between which the photo's own teeth go as it shuts its mouth; what the driver shows is laid over.
constexpr double shut = 0.02;
constexpr double apart = 0.045;
constexpr double photo_shows_teeth = 0.045;
constexpr double photo_is_parted = 0.01;
constexpr double far_wider = 1.6;
// Over the photo's own opening: from where on its teeth would be stretched too far, and where they come back.
// In between both sets of teeth would show at once, so the change takes its time whatever the opening.
constexpr double clearly_wider = 1.25;
constexpr double hardly_wider = 1.1;
/// The same of a grin that gives way.
constexpr double grin_gone = 0.4;
constexpr double grin_stays = 0.2;
/// How far the photo's row of teeth follows the driver's, over the height of a tooth: lips are not known to
/// the millimetre, and would hide it or lay it bare.
constexpr double greatest_shift_down = 1.0;
constexpr double greatest_shift_up = 0.2;
constexpr double teeth_shift_time_s = 0.15;
/// The same of a drawn row, centimetres: a typical face's place is the less known. Farther from there a
/// tongue passes for teeth.
constexpr double greatest_row_shift_cm = 0.8;
constexpr double farthest_row_cm = 1.0;
constexpr double row_shift_time_s = 0.12;
/// Share of the middle of the driver's row below which a drawn one goes, and above which it comes. It goes as
/// well while the driver's lies elsewhere.
constexpr double hardly_seen = 0.3;
constexpr double well_enough_seen = 0.45;
constexpr double beside_cm = 0.45;
constexpr double row_share_time_s = 0.05;
constexpr double hardly_shown = 0.05;
constexpr double turned_row_deg = 27;  ///< from where on the far side of a drawn row shows that it is one
constexpr double turned_away_row_deg = 33;
constexpr double redness_of_teeth = 0.75;  ///< a over L, over the skin's: above, a tongue passed for teeth
constexpr double change_of_teeth_s = 0.03;
constexpr double least_share = 0.02;

/// Share of the driver's mouth below which the generator is to paint one: above, two sets of teeth would mix.
constexpr double half_usable = 0.5;
constexpr double turned_deg = 45;
constexpr double turned_away_deg = 60;
/// Share of the mouth's width between its middle and the nearer corner in the picture, which a head that
/// turns away makes narrow: beyond it lie the cheek and what is behind.
constexpr double hidden_half = 0.12;
constexpr double shown_half = 0.2;
/// Share of the driver's mouth below which a remembered one is shown, and above which its own comes back.
constexpr double hidden = 0.9;
constexpr double shown_again = 1;
constexpr double well_seen = 0.8;  ///< MouthPatch::confidence of mouths to remember
constexpr double recall_time_s = 0.05;
constexpr double skin_radius_cm = 0.4;
constexpr double lips_margin_cm = 0.5;
/// How coarse grain may be: what a driver's mouth lacks of it. Canvas pixels, but for the first.
constexpr double grain_cm = 1 / 12.0;
constexpr double least_grain = 1.2;
constexpr double greatest_grain = 4;

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
  const ColourPlaces places{places_of(model, photo, mesh468::skin),
                            places_of(model, photo, inner_lip_landmarks),
                            places_of(model, photo, outer_lip_landmarks), skin_radius_cm * photo.pose.scale};
  PhotoColours colours = photo_colours(photo.canvas, places);
  if (opening_of(model, photo) >= photo_shows_teeth) {
    colours.teeth = teeth_colour(photo.canvas, dense_lip_contour(places.inner), colours.skin);
  }
  return colours;
}

/// Whether a photo's lips have to close over its teeth, however little light they are in.
bool shows_teeth(const FaceModel& model, const MouthPhoto& photo, const PhotoColours& colours) {
  if (opening_of(model, photo) < photo_is_parted) return false;
  const Eigen::Matrix2Xd edge = dense_lip_contour(places_of(model, photo, inner_lip_landmarks));
  return is_pale_between_lips(photo.canvas, edge, colours.lips);
}

/// Of the face between the places where its skin's colours are measured.
PhotoGrain grain_of(const FaceModel& model, const MouthPhoto& photo) {
  std::vector<cv::Point> places;
  const Eigen::Matrix2Xd skin = places_of(model, photo, mesh468::skin);
  for (const auto& place : skin.colwise()) {
    places.emplace_back(cvRound(place.x()), cvRound(place.y()));
  }
  std::vector<cv::Point> face;
  cv::convexHull(places, face);
  const cv::Rect box = cv::boundingRect(face) & cv::Rect({}, photo.canvas.size());
  if (box.empty()) return {};
  cv::Mat inside(box.size(), CV_8UC1, cv::Scalar(0));
  for (cv::Point& corner : face) corner -= box.tl();
  cv::fillConvexPoly(inside, face, cv::Scalar(255));
  const double finest = std::clamp(grain_cm * photo.pose.scale, least_grain, greatest_grain);
  return {photo.canvas(box), inside, finest};
}

std::optional<OwnTeeth> own_teeth_of(const FaceModel& model, const MouthPhoto& photo,
                                     const PhotoColours& colours) {
  if (opening_of(model, photo) < photo_shows_teeth) return std::nullopt;
  return OwnTeeth::find(photo.canvas, dense_lip_contour(places_of(model, photo, inner_lip_landmarks)),
                        {colours.skin, colours.lips});
}

/// Teeth are drawn for a photo that shows none of its own, in the light of a driver's.
std::optional<UpperTeeth> teeth_to_draw(const FaceModel& model, const MouthColours& driver,
                                        const MouthSetting& setting) {
  if (setting.teeth) return std::nullopt;
  const auto redness = [](const Eigen::Vector3d& lab) { return lab[1] / std::max(lab[0], 1.0); };
  const bool shows_tongue = driver.teeth && redness(*driver.teeth) > redness_of_teeth * redness(driver.skin);
  return shows_tongue ? std::nullopt : UpperTeeth::of(model);
}

LipPicture lips_of(const FaceModel& model, const MouthPhoto& photo) {
  LipPicture lips;
  lips.inner = dense_lip_contour(places_of(model, photo, inner_lip_landmarks));
  lips.outer = dense_lip_contour(places_of(model, photo, outer_lip_landmarks));
  std::vector<cv::Point> edge;
  for (const auto& point : lips.outer.colwise()) edge.emplace_back(cvRound(point.x()), cvRound(point.y()));
  const int margin = 2 + cvRound(lips_margin_cm * photo.pose.scale);
  const cv::Rect tight = cv::boundingRect(edge);
  const cv::Rect around =
      cv::Rect(tight.tl() - cv::Point(margin, margin), tight.size() + cv::Size(2 * margin, 2 * margin)) &
      cv::Rect({}, photo.canvas.size());
  lips.picture = photo.canvas(around);
  const Eigen::Vector2d corner(around.x, around.y);
  lips.inner.colwise() -= corner;
  lips.outer.colwise() -= corner;
  return lips;
}

MouthUse use_of(double seen, double clear, bool is_remembered) {
  if (is_remembered) return MouthUse::remembered;
  if (seen < 0.5) return MouthUse::turned;
  return clear < 0.5 ? MouthUse::unclear : MouthUse::driver;
}

cv::Mat decode(const std::vector<std::uint8_t>& jpeg) {
  cv::Mat picture = cv::imdecode(jpeg, cv::IMREAD_COLOR);
  if (picture.empty()) {
    throw InputError("a mouth's picture in the motion cannot be decoded; track the driver again");
  }
  return picture;
}

double facing(double yaw_deg) { return 1 - smooth_step(turned_deg, turned_away_deg, std::abs(yaw_deg)); }

/// In [0,1]: how far both halves of a driver's mouth are seen.
double both_halves(const Eigen::Matrix2Xd& lip_edge) {
  const Eigen::Vector2d right = lip_edge.col(0);
  const Eigen::Vector2d across = lip_edge.col(lip_edge_points / 2) - right;
  const Eigen::Vector2d middle =
      (lip_edge.col(lip_edge_points / 4) + lip_edge.col(3 * lip_edge_points / 4)) / 2;
  const double place = (middle - right).dot(across) / std::max(across.squaredNorm(), 1e-9);
  return smooth_step(hidden_half, shown_half, std::min(place, 1 - place));
}

}  // namespace

bool DriverMouth::photo_keeps_its_own(const FaceModel& model, const MouthColours& driver,
                                      const MouthPhoto& photo) {
  const double opening = opening_of(model, photo);
  return opening >= photo_shows_teeth && driver.widest_opening <= far_wider * opening;
}

DriverMouth::DriverMouth(const FaceModel& model, const MouthColours& driver, const MouthPhoto& photo)
    : DriverMouth(model, driver, photo, colours_of(model, photo)) {}

DriverMouth::DriverMouth(const FaceModel& model, const MouthColours& driver, const MouthPhoto& photo,
                         const PhotoColours& colours)
    : geometry_(model),
      identity_(photo.identity),
      photo_expression_(photo.expression),
      photo_scale_(photo.pose.scale),
      photo_lips_(places_of(model, photo, outer_lip_landmarks)),
      tone_(driver, colours),
      setting_{photo.scale,
               shows_teeth(model, photo, colours),
               grain_of(model, photo),
               lips_of(model, photo),
               own_teeth_of(model, photo, colours),
               {{driver.skin, driver.lips}, driver.teeth.value_or(expected_teeth(driver.skin))}},
      canvas_(photo.canvas.size()),
      own_opening_(photo_keeps_its_own(model, driver, photo) ? opening_of(model, photo) : 0),
      upper_teeth_(teeth_to_draw(model, driver, setting_)) {}

DriverMouth::Frame DriverMouth::follow(MotionFrame& motion, double target_yaw_deg, double grin_given_way,
                                       double time_s) {
  if (motion.tracked) last_patch_ = std::move(motion.mouth);
  motion.mouth.reset();
  Frame frame;
  frame.time_s = time_s;
  const double wanted = std::clamp((motion.openings.mouth - closed) / (open - closed), 0.0, 1.0);
  const double wider = wider_than_photo(motion.openings.mouth, grin_given_way, time_s);
  if (setting_.shows_teeth) frame.shut = 1 - smooth_step(shut, apart, motion.openings.mouth);
  if (wanted * wider == 0) return frame;
  const double target_seen = facing(target_yaw_deg);
  const double seen =
      last_patch_ ? facing(head_angles(motion.pose.rotation).yaw_deg) * both_halves(last_patch_->lip_edge)
                  : 1;
  const MouthPatch* remembered = remembered_for(motion, seen, time_s);
  const double clear = last_patch_ ? last_patch_->confidence : 0;
  last_share_ = remembered != nullptr
                    ? last_share_ + low_pass_gain(time_s - last_open_s_, recall_time_s) * (1 - last_share_)
                    : seen * clear;
  last_open_s_ = time_s;
  const double usable = target_seen * last_share_;
  frame.amount = wanted * wider * usable;
  frame.lack = wanted * wider * (1 - smooth_step(0, half_usable, usable));
  frame.use = use_of(seen * target_seen, clear, remembered != nullptr && target_seen >= 0.5);
  if (frame.amount == 0) return frame;
  if (remembered != nullptr) {
    frame.patch = *remembered;
  } else {
    frame.patch = last_patch_;
    motion.openings.mouth *= 1 - frame.amount * (1 - last_patch_->opening_share);
  }
  return frame;
}

const MouthPatch* DriverMouth::remembered_for(const MotionFrame& motion, double seen, double time_s) {
  const double opening = motion.openings.mouth;
  if (last_patch_ && motion.tracked && seen == 1 && last_patch_->confidence >= well_seen) {
    memory_.remember(*last_patch_, opening, time_s);
  }
  is_hidden_ = seen < (is_hidden_ ? shown_again : hidden);
  if (is_hidden_) return memory_.recall(opening);
  memory_.let_go();
  return nullptr;
}

double DriverMouth::wider_than_photo(double opening, double grin_given_way, double time_s) {
  const bool was_wide = last_wider_ && last_wider_->is_wide;
  const bool is_wide = opening > (was_wide ? hardly_wider : clearly_wider) * own_opening_ ||
                       grin_given_way > (was_wide ? grin_stays : grin_gone);
  Wider now{is_wide, 0, time_s};
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
  const MouthGeometry::Places target = geometry_.project(identity_, expression, pose_in_canvas);
  if (!frame.patch) {
    placer_.reset();
    if (frame.shut == 0) return std::nullopt;
    PlacedMouth closed_over;
    closed_over.opening = closed_over.lip_edge = dense_lip_contour(target.inner);
    closed_over.lips = dense_lip_contour(target.outer);
    closed_over.shut = frame.shut;
    return closed_over;
  }
  const bool is_remembered = frame.use == MouthUse::remembered;
  if (is_remembered != was_remembered_) placer_.reset();
  was_remembered_ = is_remembered;
  PlacedMouth placed = placer_.place(*frame.patch, target, frame.time_s);
  placed.picture = decode(frame.patch->jpeg);
  if (setting_.teeth) {
    placed.photo_from_canvas = teeth_places(*frame.patch, placed, pose_in_canvas, frame.time_s);
  } else if (upper_teeth_) {
    placed.drawn_row = drawn_row(*frame.patch, placed, pose_in_canvas, frame.time_s);
  }
  placed.amount = frame.amount;
  placed.shut = frame.shut;
  return placed;
}

Eigen::Affine2d DriverMouth::teeth_places(const MouthPatch& patch, const PlacedMouth& placed,
                                          const Pose& pose, double time_s) {
  Eigen::Affine2d in_skull =
      fit_affine(geometry_.project(identity_, photo_expression_, pose).outer, photo_lips_);
  const Eigen::Vector2d across = placed.opening.col(lip_edge_points / 2) - placed.opening.col(0);
  const Eigen::Vector2d down = Eigen::Vector2d(-across.y(), across.x()).stableNormalized();
  const auto end = OwnTeeth::end_in(placed.picture, patch.lip_edge, setting_.driver_teeth.face);
  if (end && end->is_sure()) {
    const Eigen::Vector2d drivers = placed.patch_from_canvas.inverse() * end->place;
    const double wanted_cm = down.dot(drivers - in_skull.inverse() * setting_.teeth->end()) / pose.scale;
    const double height_cm = setting_.teeth->height() / photo_scale_;
    approach(teeth_shift_,
             std::clamp(wanted_cm, -greatest_shift_up * height_cm, greatest_shift_down * height_cm),
             teeth_shift_time_s, time_s);
  }
  if (!teeth_shift_) return in_skull;
  teeth_shift_->time_s = time_s;
  return in_skull * Eigen::Translation2d(-teeth_shift_->value * pose.scale * down);
}

ToothRow DriverMouth::drawn_row(const MouthPatch& patch, const PlacedMouth& placed, const Pose& pose,
                                double time_s) {
  ToothRow row = upper_teeth_->project(identity_, pose);
  double seen = 0;
  if (row_share_ && row_share_->value < hardly_shown) teeth_shift_.reset();
  if (const auto end = OwnTeeth::end_in(placed.picture, patch.lip_edge, setting_.driver_teeth.face)) {
    const Eigen::Vector2d drivers = placed.patch_from_canvas.inverse() * end->place;
    const double wanted_cm = row.down.dot(drivers - row.middle()) / std::max(row.down.squaredNorm(), 1e-6);
    if (std::abs(wanted_cm) < farthest_row_cm) seen = end->seen;
    if (seen > well_enough_seen) {
      approach(teeth_shift_, std::clamp(wanted_cm, -greatest_row_shift_cm, greatest_row_shift_cm),
               row_shift_time_s, time_s);
      if (std::abs(wanted_cm - teeth_shift_->value) > beside_cm) seen = 0;
    }
  }
  is_row_shown_ = seen > (is_row_shown_ ? hardly_seen : well_enough_seen);
  approach(row_share_, is_row_shown_ ? 1 : 0, row_share_time_s, time_s);
  if (teeth_shift_) {
    teeth_shift_->time_s = time_s;
    row.lower(teeth_shift_->value);
    const double yaw_deg = std::abs(head_angles(pose.rotation).yaw_deg);
    row.share = row_share_->value * (1 - smooth_step(turned_row_deg, turned_away_row_deg, yaw_deg));
  }
  return row;
}

void DriverMouth::approach(std::optional<Smoothed>& smoothed, double wanted, double time_constant_s,
                           double time_s) {
  if (!smoothed) smoothed = Smoothed{wanted, time_s};
  smoothed->value += low_pass_gain(time_s - smoothed->time_s, time_constant_s) * (wanted - smoothed->value);
  smoothed->time_s = time_s;
}

void DriverMouth::paint(cv::Mat& picture, const cv::Rect& box, const PlacedMouth& mouth) const {
  if (mouth.shut > 0) close_lips(picture, box, mouth, setting_);
  if (mouth.amount > 0) paint_mouth(picture, box, mouth, tone_, setting_);
}

}  // namespace reenact
