#pragma once

#include <Eigen/Core>
#include <memory>
#include <optional>
#include <vector>

#include "reenact/core/face_model.h"
#include "reenact/core/landmarks.h"
#include "reenact/core/pose.h"

namespace reenact {

/// Settings of the fit. Priors are in units of squared landmark residuals over squared
/// inter-ocular distance, so they do not depend on the size of the picture.
struct FitOptions {
  int max_iterations = 30;          ///< of a fit from scratch
  int max_tracking_iterations = 4;  ///< of a fit that starts at the previous frame
  double identity_prior = 2e-3;     ///< ridge on α (standard deviations)
  double expression_prior = 5e-4;   ///< ridge on β
  double sparsity_prior = 5e-4;     ///< weight of the sum of β: few expressions explain a face
  double symmetry_prior = 5e-4;     ///< ridge on the difference of β between the two sides
  double temporal_prior = 0.0;      ///< ridge on the change of β from the previous frame
  void validate() const;            ///< Throws UsageError naming the field.
};

/// Result of fitting the face model to one face.
struct FaceFit {
  Pose pose;                   ///< in image pixels
  Eigen::VectorXd identity;    ///< K
  Eigen::VectorXd expression;  ///< E, each in [0,1]
  Gaze gaze;
  double mean_error_px = 0;   ///< mean distance of landmarks to their projections
  double interocular_px = 0;  ///< distance between the outer eye corners of the fitted face seen frontally
  int iterations = 0;
  double relative_error() const { return mean_error_px / interocular_px; }
};

struct FitterState;

/// Fits a face model to landmarks by damped Gauss-Newton with analytic Jacobians, Huber weights and box
/// constraints on the expressions. Owns the rows of the model's bases at the landmarks.
///
/// All functions throw InputError when the landmarks are of another scheme, of the wrong number or not
/// finite, and NoFaceError when they cannot be a face (on one spot, on one line, seen from behind).
/// They may be called from several threads at once.
class FaceFitter {
 public:
  /// Throws ModelError when the model has no landmarks of this scheme.
  FaceFitter(const FaceModel& model, LandmarkScheme scheme, const FitOptions& options = {});

  /// Of the landmarks that it fits.
  LandmarkScheme scheme() const;

  /// Pose, identity and expression from one photo.
  FaceFit fit_photo(const Landmarks& landmarks) const;

  /// One identity for several frames of the same person, their poses and expressions free.
  /// Frames that are no face or fit far worse than the others are left out.
  /// Throws NoFaceError when no frame is left.
  Eigen::VectorXd calibrate_identity(const std::vector<Landmarks>& frames) const;

  /// Pose and expression for a known identity. `previous` (may be null) is the warm start.
  /// Its gaze is kept while the eyes are closed.
  FaceFit fit_frame(const Landmarks& landmarks, const Eigen::VectorXd& identity,
                    const FaceFit* previous) const;

  /// The same, or nothing where fit_frame() throws NoFaceError: one frame of a video need not show a face.
  std::optional<FaceFit> try_fit_frame(const Landmarks& landmarks, const Eigen::VectorXd& identity,
                                       const FaceFit* previous) const;

  /// The landmarks as they would lie if the face looked straight at the viewer: turned back by the fit's
  /// pose, 3×N in eye distances of the fitted face, x to the subject's left, y up, z to the viewer. Where
  /// they lie across the line of sight is seen; how deep they lie is taken from the fitted face.
  Eigen::Matrix3Xd frontal(const Landmarks& landmarks, const FaceFit& fit) const;

 private:
  std::shared_ptr<const FitterState> state_;
};

}  // namespace reenact
