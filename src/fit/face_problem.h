#pragma once

#include <vector>

#include "fit/landmark_basis.h"
#include "reenact/core/landmarks.h"
#include "reenact/core/pose.h"

namespace reenact {

/// What is unknown about one face. The pose is in normalised image units (see FaceProblem).
struct FaceParameters {
  Pose pose;
  Eigen::VectorXd identity;    ///< K
  Eigen::VectorXd expression;  ///< E
};

/// Order of the unknowns in gradients and steps: rotation (3, left multiplied as exp(ω)), log scale,
/// translation (2), expression (E), identity (K, optional).
namespace unknown {
inline constexpr Eigen::Index rotation = 0;
inline constexpr Eigen::Index log_scale = 3;
inline constexpr Eigen::Index translation = 4;
inline constexpr Eigen::Index expression = 6;
}  // namespace unknown

/// Moves the parameters by a step of 6+E or 6+E+K entries.
FaceParameters moved(const FaceParameters& from, const Eigen::VectorXd& step);

/// The face model seen by one landmark scheme.
struct LandmarkModel {
  LandmarkScheme scheme;
  LandmarkBasis basis;      ///< all surface points below
  Eigen::VectorXd weights;  ///< N
  struct Candidates {
    Eigen::Index first = 0;  ///< row of the basis
    Eigen::Index count = 1;
    Eigen::Vector2d outward =
        Eigen::Vector2d::Zero();  ///< contour normal in the model; unused when count is 1
  };
  std::vector<Candidates> candidates;  ///< N: the surface points each landmark may be

  /// Throws ModelError when the model has no landmarks of this scheme.
  LandmarkModel(const FaceModel& model, LandmarkScheme landmark_scheme);
  Eigen::Index size() const { return weights.size(); }
};

/// Residuals of all landmarks at one state.
struct Residuals {
  std::vector<Eigen::Index> rows;  ///< N: the surface point each landmark was matched to
  Eigen::MatrixX3f in_camera;      ///< N×3: scale · R X of these points
  Eigen::Matrix2Xf normal;         ///< 2×N: first axis of each residual, unit (the contour normal, else x)
  Eigen::VectorXf axis_ratio;      ///< N: weight of the second axis relative to the first
  Eigen::Matrix2Xf offset;         ///< 2×N: projection minus landmark
  Eigen::VectorXf robust_weight;   ///< N: Huber's weight in (0,1]
  double cost = 0;                 ///< Σ wₙ ρ(|residualₙ|)
};

/// Landmarks of one face as a robust nonlinear least-squares problem. Image points are
/// normalised: centred, in units of the distance between the outer eye corners.
/// Contour landmarks count along the contour's normal; along the contour they only hold on loosely.
class FaceProblem {
 public:
  /// Keeps a reference to `model`. `points` 2×N, normalised.
  FaceProblem(const LandmarkModel& model, Eigen::Matrix2Xd points);

  /// Contour landmarks are matched to the outermost of their candidates.
  Residuals residuals(const FaceParameters& at) const;

  /// Square-root weighted residual vector (2N) of Residuals, without the robust weights.
  Eigen::VectorXf residual_vector(const Residuals& residuals) const;

  /// Derivatives of residual_vector for fixed matches, 2N × (6+E [+K]).
  LandmarkBasis::RowMatrix jacobian(const FaceParameters& at, const Residuals& residuals,
                                    bool with_identity) const;

  /// Adds JᵀWJ and JᵀWr with the robust weights in W.
  void accumulate(const FaceParameters& at, const Residuals& residuals, bool with_identity,
                  Eigen::MatrixXd& hessian, Eigen::VectorXd& gradient) const;

 private:
  const LandmarkModel& model_;
  Eigen::Matrix2Xd points_;
};

}  // namespace reenact
