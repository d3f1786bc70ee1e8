#pragma once

#include <opencv2/core.hpp>
#include <optional>

#include "reenact/core/crop.h"
#include "reenact/core/face_model.h"
#include "reenact/core/motion.h"
#include "reenact/mouth/mouth_painter.h"
#include "reenact/mouth/mouth_placer.h"
#include "reenact/mouth/mouth_tone.h"
#include "reenact/mouth/remembered_mouths.h"
#include "reenact/mouth/upper_teeth.h"

namespace reenact {

/// The photo that takes a driver's mouth.
struct MouthPhoto {
  cv::Mat canvas;  ///< what is painted on before anything moves, 8-bit BGR
  CanvasScale scale;
  Eigen::VectorXd identity;
  Eigen::VectorXd expression;  ///< in the photo
  Pose pose;                   ///< in the photo, canvas pixels
};

/// Whether the inside of the mouth was the driver's in a frame.
enum class MouthUse {
  closed,  ///< nothing to paint
  driver,
  remembered,  ///< its head hides half of its mouth: another one of the shot
  unclear,     ///< the driver's lips and the inside of its mouth could not be told apart
  turned,      ///< a head is turned too far
};

/// The mouth of one driver in one photo (Averbuch-Elor et al., Bringing portraits to life, 2017): follow(),
/// place() and paint() in this order for every frame, each perhaps in a thread of its own.
class DriverMouth {
 public:
  /// A photo that shows teeth itself keeps them, but in frames in which the driver opens its mouth wider, and
  /// unless it ever opens it far wider.
  static bool photo_keeps_its_own(const FaceModel& model, const MouthColours& driver,
                                  const MouthPhoto& photo);

  /// Throws ModelError when the model lacks parts of the mouth, InputError when the photo's mouth is not in
  /// it.
  DriverMouth(const FaceModel& model, const MouthColours& driver, const MouthPhoto& photo);

  /// What a frame's mouth is.
  struct Frame {
    MouthUse use = MouthUse::closed;
    double amount = 0;  ///< in [0,1], over the generated mouth
    double lack = 0;  ///< in [0,1]: how far a mouth below is to be painted, the driver's being hardly usable
    double shut = 0;  ///< PlacedMouth::shut
    std::optional<MouthPatch> patch;  ///< where `amount` is above 0
    double time_s = 0;
  };
  /// Takes the patch out of `motion` and closes its mouth as far as the driver's lips are open less than the
  /// landmarks said. A frame whose face is lost repeats the last patch, as it repeats the motion. Where the
  /// driver's head hides half of its mouth, the patch of a frame before that was as wide open takes its
  /// place. `target_yaw_deg` is that of the photo's head in this frame; where its grin has given way, by
  /// `grin_given_way` in [0,1], its own teeth go with it.
  Frame follow(MotionFrame& motion, double target_yaw_deg, double grin_given_way, double time_s);

  /// Where it lies on the moved photo, whose pose is in canvas pixels; nothing where the mouth is not the
  /// driver's and shows no teeth of the photo to close over. Throws InputError when the driver's picture
  /// cannot be decoded.
  std::optional<PlacedMouth> place(Frame frame, const Eigen::VectorXd& expression,
                                   const Pose& pose_in_canvas);

  /// Pixels of the canvas that paint() changes.
  cv::Rect box(const PlacedMouth& mouth) const { return painted_box(mouth, setting_.scale, canvas_); }

  /// Paints on `picture`, the pixels of `box`.
  void paint(cv::Mat& picture, const cv::Rect& box, const PlacedMouth& mouth) const;

 private:
  /// Whether a frame opens wider than a photo that keeps its own teeth, or is rounder than its grin.
  struct Wider {
    bool is_wide = false;
    double share = 0;  ///< of the driver's mouth, on its way to 0 or 1
    double time_s = 0;
  };
  DriverMouth(const FaceModel& model, const MouthColours& driver, const MouthPhoto& photo,
              const PhotoColours& colours);
  double wider_than_photo(double opening, double grin_given_way, double time_s);
  /// PlacedMouth::photo_from_canvas for a mouth that shows `patch`.
  Eigen::Affine2d teeth_places(const MouthPatch& patch, const PlacedMouth& placed, const Pose& pose,
                               double time_s);
  /// PlacedMouth::drawn_row for a mouth that shows `patch`.
  ToothRow drawn_row(const MouthPatch& patch, const PlacedMouth& placed, const Pose& pose, double time_s);
  /// What to show instead of the last patch, of which the head shows `seen`; null for the patch itself.
  const MouthPatch* remembered_for(const MotionFrame& motion, double seen, double time_s);

  MouthGeometry geometry_;
  Eigen::VectorXd identity_;
  Eigen::VectorXd photo_expression_;
  double photo_scale_;           ///< canvas pixels per centimetre in the photo
  Eigen::Matrix2Xd photo_lips_;  ///< 2×20: outer edge in the photo, canvas pixels
  MouthTone tone_;
  MouthSetting setting_;
  cv::Size canvas_;
  double own_opening_ = 0;  ///< FaceOpenings::mouth of a photo that keeps its own teeth, otherwise 0
  std::optional<Wider> last_wider_;
  std::optional<MouthPatch> last_patch_;
  RememberedMouths memory_;
  bool is_hidden_ = false;
  double last_share_ = 1;  ///< of the driver's mouths in the last frame with an open one
  double last_open_s_ = 0;
  MouthPlacer placer_;
  std::optional<UpperTeeth> upper_teeth_;  ///< where they are drawn
  struct Smoothed {
    double value = 0;
    double time_s = 0;
  };
  static void approach(std::optional<Smoothed>& smoothed, double wanted, double time_constant_s,
                       double time_s);
  /// How far a row of teeth, the photo's own or a drawn one, lies below its place in the skull, centimetres.
  std::optional<Smoothed> teeth_shift_;
  bool is_row_shown_ = false;
  std::optional<Smoothed> row_share_;
  bool was_remembered_ = false;  ///< what was placed last
};

}  // namespace reenact
