#pragma once

#include <Eigen/Core>
#include <optional>

#include "reenact/core/face_model.h"

namespace reenact {

/// The grin of a photo, beyond that of the driver's reference frame: what its mouth and cheeks show of it,
/// but for the jaw. In relative motion it would stay whatever the driver says, and no grin can round its
/// lips. It gives way as far as the driver draws the corners of its mouth together: at once, and comes back
/// slowly, so that it does not come and go with every syllable.
class PhotoGrin {
 public:
  /// `source` and `reference` are the expression weights of the photo and of the driver's reference frame.
  PhotoGrin(const FaceModel& model, const Eigen::VectorXd& source, const Eigen::VectorXd& reference);

  /// Follows the driver through the frames of a shot; `movement` is the change of its weights since the
  /// reference frame.
  void follow(const Eigen::VectorXd& movement, double time_s);

  /// In [0,1]: 0 before any frame and while the driver's mouth is as wide as in the reference frame or wider,
  /// 1 where it is narrower by as much as the grin makes the photo's wider.
  double given_way() const { return last_ ? last_->given_way : 0; }

  /// What of the photo's weights makes the grin.
  const Eigen::VectorXd& weights() const { return weights_; }

 private:
  struct Followed {
    double given_way = 0;
    double time_s = 0;
  };

  double asked_by(const Eigen::VectorXd& movement) const;

  Eigen::VectorXd widening_;  ///< cm from corner to corner that an expression of weight 1 adds
  Eigen::VectorXd weights_;
  double width_cm_ = 0;
  double presence_ = 0;  ///< in [0,1]: whether there is a grin at all
  std::optional<Followed> last_;
};

}  // namespace reenact
