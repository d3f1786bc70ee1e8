#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

namespace reenact {

/// Beyond this a face tears.
inline constexpr double greatest_strength = 3.0;

/// How strongly the driver's motion is carried over, by part: 0 leaves the photo as it is, 1 follows the
/// driver, more exaggerates.
struct MotionStrength {
  double mouth = 1;  ///< jaw, lips, cheeks and nose
  double eyes = 1;   ///< lids and gaze
  double brows = 1;
  double pose = 1;  ///< turn, shift and size of the head

  /// Throws UsageError naming the part that does not lie between 0 and greatest_strength.
  void validate() const;
};

/// The strength of each named expression: that of the part it moves.
Eigen::VectorXd expression_strengths(const MotionStrength& strength,
                                     const std::vector<std::string>& expression_names);

}  // namespace reenact
