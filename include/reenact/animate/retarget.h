#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "reenact/animate/motion_strength.h"
#include "reenact/animate/mouth_width.h"
#include "reenact/animate/photo_grin.h"
#include "reenact/core/lid_gaps.h"
#include "reenact/core/motion.h"
#include "reenact/fit/face_fitter.h"
#include "reenact/render/conditioning.h"

namespace reenact {

enum class MotionMode {
  relative,  ///< the driver's change since its reference frame is added to the source
  absolute,  ///< the driver's own rotation, expression and gaze
};

/// Whether the head may leave its place in the photo.
enum class ShiftLimit {
  torso,  ///< compress what would tear the head off the torso
  none,   ///< follow exactly, for scores against a target
};

/// How much farther mouth, brows and widened lids are moved than the driver's, in relative motion. A warped
/// picture shows less of a movement than a face that makes it, since folds and shading do not come along:
/// read from results, they moved 0.8 as far as the mesh. Of widened eyes landmarks see half; with this gain
/// results lie nearest to true frames (docs/experiments.md).
inline constexpr double mouth_gain = 1.15;
inline constexpr double brow_gain = 1.4;
inline constexpr double lid_widening_gain = 2.0;

/// Carries a driver's motion over to the source's identity.
///
/// relative: R = R_d R_d0ᵀ R_s, β = β_s + (β_d − β_d0) clamped to [−0.3, 1.3], gaze likewise without the
/// clamp, scale = s_s · s_d / s_d0, translation = t_s + (t_d − t_d0) · s_s / s_d0.
///
/// absolute: R = R_d, β = β_d, gaze of the driver; scale and translation as in relative, because the driver's
/// own place in its picture means nothing in another one.
///
/// Lips and lids follow the driver's openings rather than its weights (core/openings.h). The mouth opens as
/// far as the driver's, so that closed lips close, and in relative motion by the gain farther. The eyes open
/// by the share lid_ratios() of the source's own opening.
///
/// In relative motion the photo's grin gives way to a driver that rounds its lips (animate/photo_grin.h).
///
/// Strengths other than 1 scale what separates that from the photo, part by part: rotation, shift, scale,
/// weights, gaze and openings all lie on the way from the photo's to the driver's, or beyond.
///
/// The torso of the photo does not move, so a head that leaves its neck would tear: shifts up to 4 cm and
/// scales up to 10 % are followed exactly, larger ones are compressed towards 8 cm and 25 %.
class Retargeter {
 public:
  /// `source` is the fit of the photo; `reference` the driver's frame that counts as the source's pose.
  /// `source_gaps` are those of the photo. Throws InputError when the two have different expressions.
  Retargeter(const FaceModel& model, const FaceFit& source, const MotionFrame& reference, MotionMode mode,
             ShiftLimit limit = ShiftLimit::torso, const std::optional<LidGaps>& source_gaps = std::nullopt,
             const MotionStrength& strength = {});

  /// The source's face in the driver's motion, pose in photo pixels.
  FaceState retarget(const MotionFrame& driver) const;

  /// How far the source's lids shall be open, over how far they are in the photo; 0 is shut. At strength 1,
  /// where lid gaps are known, it is the driver's over the reference frame's, or over the photo's in absolute
  /// mode, bent so that shut lids, which measure more than 0, shut; eyes that nearly agree move alike, a wink
  /// stays one, and of a head that is turned aside the nearer eye counts for both. Otherwise it follows from
  /// the openings of the driver's fit.
  LidRatios lid_ratios(const MotionFrame& driver) const;

  /// How far the photo's grin gives way in this frame; frames of a shot in their order. Without it the grin
  /// stays.
  void follow_mouth(const MotionFrame& driver, double time_s);
  /// In [0,1] (animate/photo_grin.h).
  double grin_given_way() const { return grin_ ? grin_->given_way() : 0; }

 private:
  /// What is added to the photo's weights, in which its grin is.
  Eigen::VectorXd expression_change(const MotionFrame& driver) const;
  FaceOpenings openings_for(const MotionFrame& driver) const;
  /// Gaps of eyes that are as open as in the photo.
  const std::optional<LidGaps>& gaps_at_rest() const {
    return mode_ == MotionMode::absolute ? source_gaps_ : reference_.lid_gaps;
  }
  LidRatios followed_lid_ratios(const MotionFrame& driver) const;

  OpeningGauge gauge_;
  FaceFit source_;
  FaceOpenings source_openings_;
  MotionFrame reference_;
  MotionMode mode_;
  ShiftLimit limit_;
  std::optional<LidGaps> source_gaps_;
  MotionStrength strength_;
  Eigen::VectorXd expression_strengths_;
  std::optional<PhotoGrin> grin_;    ///< in relative motion
  std::optional<MouthWidth> width_;  ///< likewise, unless movement is exaggerated
};

}  // namespace reenact
