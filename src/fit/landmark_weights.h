#pragma once

#include <Eigen/Core>

#include "reenact/core/landmarks.h"

namespace reenact {

/// Trust in each landmark of a scheme, N values. They sum to 68 for dlib68 and to three times that for
/// mesh468: its points jitter half as much (0.31 % against 0.75 % of the eye distance over a talking clip),
/// but neighbours err together, so that 468 points do not mean seven times the evidence against the priors.
///
/// Lids and lips weigh most, so that a prior shortens a blink by no more than a few percent:
/// about prior / (weight · (lid travel / eye distance)²).
Eigen::VectorXd landmark_weights(LandmarkScheme scheme);

}  // namespace reenact
