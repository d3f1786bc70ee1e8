#pragma once

#include <Eigen/Core>

#include "reenact/core/landmarks.h"

namespace reenact {

/// Trust in each landmark of a scheme, N values that sum to 68 for every scheme: neighbouring points of
/// a dense mesh err together, so more points do not mean more evidence against the priors.
///
/// Lids weigh most. The prior then shortens a blink by prior / (weight · (lid travel / eye distance)²),
/// below 1 %.
Eigen::VectorXd landmark_weights(LandmarkScheme scheme);

}  // namespace reenact
