#include "reenact/fit/face_fitter.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "fit/box_qp.h"
#include "fit/face_problem.h"
#include "fit/gaze_estimate.h"
#include "fit/pose_from_points.h"
#include "reenact/core/error.h"

namespace reenact {
namespace {

constexpr double first_damping = 1e-3;
constexpr double tracking_damping = 1e-6;
constexpr double largest_damping = 1e4;
/// A step that lowers the cost by less than this share ends the fit.
constexpr double converged_decrease = 1e-5;
constexpr double largest_turn_rad = 0.5;
constexpr double largest_log_scale = 0.5;
constexpr double largest_identity = 4.0;
constexpr int calibration_rounds = 8;
/// A calibration frame is left out when its error exceeds this multiple of the median.
constexpr double outlier_frame = 2.5;
/// mouthClose only undoes jawOpen. A stronger ridge keeps the two from growing against each other.
constexpr double mouth_close_ridge = 4.0;
/// Blinks are common and only a few landmarks show them. A weaker ridge lets the lids close fully.
constexpr double blink_ridge = 0.1;

/// What is known of a face before its landmarks: βᵀPβ + cᵀβ + ridge·|α|² + temporal·|β − β_previous|².
struct Prior {
  Eigen::MatrixXd expression;  ///< P, E×E
  Eigen::VectorXd sparsity;    ///< c, E; as β ≥ 0 this is an L1 norm
  double identity = 0;
  double temporal = 0;
  Eigen::VectorXd previous;  ///< E, used when temporal > 0

  double cost(const FaceParameters& at) const {
    double cost = at.expression.dot(expression * at.expression) + sparsity.dot(at.expression) +
                  identity * at.identity.squaredNorm();
    if (temporal > 0) cost += temporal * (at.expression - previous).squaredNorm();
    return cost;
  }

  /// Adds half the second and half the first derivatives, as FaceProblem::accumulate does.
  void accumulate(const FaceParameters& at, bool with_identity, Eigen::MatrixXd& hessian,
                  Eigen::VectorXd& gradient) const {
    const Eigen::Index e = at.expression.size();
    auto block = hessian.block(unknown::expression, unknown::expression, e, e);
    block += expression;
    gradient.segment(unknown::expression, e) += expression * at.expression + 0.5 * sparsity;
    if (temporal > 0) {
      block.diagonal().array() += temporal;
      gradient.segment(unknown::expression, e) += temporal * (at.expression - previous);
    }
    if (with_identity) {
      const Eigen::Index k = at.identity.size();
      hessian.diagonal().tail(k).array() += identity;
      gradient.tail(k) += identity * at.identity;
    }
  }
};

double ridge_factor(const std::string& expression_name) {
  if (expression_name == "mouthClose") return mouth_close_ridge;
  if (expression_name == "eyeBlink_L" || expression_name == "eyeBlink_R") return blink_ridge;
  return 1.0;
}

Eigen::MatrixXd expression_precision(const FaceModel& model, const FitOptions& options) {
  const auto& names = model.expression_names;
  Eigen::MatrixXd precision = Eigen::MatrixXd::Zero(model.expression_count(), model.expression_count());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto left = static_cast<Eigen::Index>(i);
    const double factor = ridge_factor(names[i]);
    precision(left, left) += factor * options.expression_prior;
    const std::size_t stem = names[i].rfind("_L");
    if (stem == std::string::npos || stem + 2 != names[i].size()) continue;
    const auto found = std::find(names.begin(), names.end(), names[i].substr(0, stem) + "_R");
    if (found == names.end()) continue;
    const auto right = static_cast<Eigen::Index>(found - names.begin());
    const double coupling = factor * options.symmetry_prior;
    precision(left, left) += coupling;
    precision(right, right) += coupling;
    precision(left, right) -= coupling;
    precision(right, left) -= coupling;
  }
  return precision;
}

Eigen::VectorXd expression_sparsity(const FaceModel& model, const FitOptions& options) {
  Eigen::VectorXd sparsity(model.expression_count());
  for (Eigen::Index e = 0; e < sparsity.size(); ++e) {
    sparsity[e] = options.sparsity_prior * ridge_factor(model.expression_names[static_cast<std::size_t>(e)]);
  }
  return sparsity;
}

/// Similarity of the image that centres the landmarks and makes the eye distance 1.
struct Normalisation {
  Eigen::Vector2d centre;
  double unit_px;

  Eigen::Matrix2Xd apply(const Eigen::Matrix2Xd& points) const {
    return (points.colwise() - centre) / unit_px;
  }
  Pose apply(Pose pose) const {
    pose.scale /= unit_px;
    pose.translation = (pose.translation - centre) / unit_px;
    return pose;
  }
  Pose undo(Pose pose) const {
    pose.scale *= unit_px;
    pose.translation = pose.translation * unit_px + centre;
    return pose;
  }
};

/// Steps that keep β in [0, 1], α plausible and the step small enough for the linearisation.
struct StepBounds {
  Eigen::VectorXd lower;
  Eigen::VectorXd upper;

  StepBounds(const FaceParameters& at, Eigen::Index size) {
    lower = Eigen::VectorXd::Constant(size, -std::numeric_limits<double>::infinity());
    lower.segment<3>(unknown::rotation).setConstant(-largest_turn_rad);
    lower[unknown::log_scale] = -largest_log_scale;
    upper = -lower;
    const Eigen::Index e = at.expression.size();
    lower.segment(unknown::expression, e) = -at.expression;
    upper.segment(unknown::expression, e) = 1.0 - at.expression.array();
    const Eigen::Index k = size - unknown::expression - e;
    if (k == 0) return;
    lower.tail(k) = -largest_identity - at.identity.array();
    upper.tail(k) = largest_identity - at.identity.array();
  }
};

struct Minimum {
  FaceParameters parameters;
  Residuals residuals;
  double cost = 0;
  int iterations = 0;
};

/// Levenberg-Marquardt (Marquardt, 1963) whose steps solve a box-constrained quadratic program.
Minimum minimise(const FaceProblem& problem, const Prior& prior, const FaceParameters& start,
                 bool with_identity, int max_iterations, double damping) {
  Minimum best{start, problem.residuals(start), 0, 0};
  best.cost = best.residuals.cost + prior.cost(start);
  const Eigen::Index size =
      unknown::expression + start.expression.size() + (with_identity ? start.identity.size() : 0);
  for (bool converged = false; !converged && best.iterations < max_iterations; ++best.iterations) {
    Eigen::MatrixXd hessian = Eigen::MatrixXd::Zero(size, size);
    Eigen::VectorXd gradient = Eigen::VectorXd::Zero(size);
    problem.accumulate(best.parameters, best.residuals, with_identity, hessian, gradient);
    const Eigen::VectorXd curvature = hessian.diagonal();
    prior.accumulate(best.parameters, with_identity, hessian, gradient);
    const StepBounds bounds(best.parameters, size);
    converged = true;
    while (damping < largest_damping) {
      Eigen::MatrixXd damped = hessian;
      damped.diagonal() += damping * curvature;
      const Eigen::VectorXd step = solve_box_qp(damped, gradient, bounds.lower, bounds.upper);
      FaceParameters candidate = moved(best.parameters, step);
      candidate.expression = candidate.expression.cwiseMax(0.0).cwiseMin(1.0);
      Residuals residuals = problem.residuals(candidate);
      const double cost = residuals.cost + prior.cost(candidate);
      if (cost < best.cost) {
        converged = best.cost - cost < converged_decrease * best.cost;
        best.parameters = std::move(candidate);
        best.residuals = std::move(residuals);
        best.cost = cost;
        damping = std::max(damping / 5.0, 1e-9);
        break;
      }
      damping = std::max(damping, tracking_damping) * 10.0;
    }
  }
  return best;
}

void check(const Landmarks& landmarks, LandmarkScheme scheme) {
  const int expected = landmark_count(scheme);
  if (landmarks.scheme != scheme || landmarks.points.cols() != expected) {
    throw InputError("the face fit needs " + std::to_string(expected) + " landmarks but got " +
                     std::to_string(landmarks.points.cols()) + " or another scheme");
  }
  if (landmarks.iris.cols() != 0 && landmarks.iris.cols() != 10) {
    throw InputError("the face fit needs 10 iris points or none but got " +
                     std::to_string(landmarks.iris.cols()));
  }
  if (!landmarks.points.allFinite() || !landmarks.iris.allFinite()) {
    throw InputError("the landmarks hold numbers that are not finite, so no face can be fitted to them");
  }
}

std::vector<Eigen::Index> free_locals(const FaceParameters& at, const Eigen::VectorXd& gradient) {
  std::vector<Eigen::Index> free;
  for (Eigen::Index i = 0; i < unknown::expression; ++i) free.push_back(i);
  for (Eigen::Index e = 0; e < at.expression.size(); ++e) {
    const double slope = gradient[unknown::expression + e];
    const bool held = (at.expression[e] <= 0 && slope >= 0) || (at.expression[e] >= 1 && slope <= 0);
    if (!held) free.push_back(unknown::expression + e);
  }
  return free;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

void FitOptions::validate() const {
  const auto require = [](bool ok, const char* field, const char* range) {
    if (!ok) throw UsageError(std::string("the fit option ") + field + " must be " + range);
  };
  require(max_iterations >= 1, "max_iterations", "at least 1");
  require(max_tracking_iterations >= 1, "max_tracking_iterations", "at least 1");
  require(identity_prior > 0 && std::isfinite(identity_prior), "identity_prior", "positive");
  require(expression_prior > 0 && std::isfinite(expression_prior), "expression_prior", "positive");
  require(sparsity_prior >= 0 && std::isfinite(sparsity_prior), "sparsity_prior", "0 or more");
  require(symmetry_prior >= 0 && std::isfinite(symmetry_prior), "symmetry_prior", "0 or more");
  require(temporal_prior >= 0 && std::isfinite(temporal_prior), "temporal_prior", "0 or more");
}

/// What a fitter knows of the model; immutable.
struct FitterState {
  LandmarkModel landmarks;
  std::optional<GazeEstimator> gaze;
  FitOptions options;
  Prior prior;
  Eigen::VectorXd pose_weights;  ///< landmarks that stay on the surface, for the closed-form pose
  Eigen::Index outer_corner_right = 0;
  Eigen::Index outer_corner_left = 0;

  FitterState(const FaceModel& model, LandmarkScheme scheme, const FitOptions& fit_options)
      : landmarks(model, scheme), options(fit_options), pose_weights(landmarks.weights) {
    options.validate();
    prior.expression = expression_precision(model, options);
    prior.sparsity = expression_sparsity(model, options);
    prior.identity = options.identity_prior;
    const bool dense = scheme == LandmarkScheme::mesh468;
    if (dense && model.has(Region::eyeball_right)) gaze.emplace(model);
    outer_corner_right = dense ? 33 : 36;
    outer_corner_left = dense ? 263 : 45;
    for (Eigen::Index n = 0; n < landmarks.size(); ++n) {
      if (landmarks.candidates[static_cast<std::size_t>(n)].count > 1) pose_weights[n] = 0;
    }
  }

  Eigen::Index identity_count() const { return landmarks.basis.identity[0].cols(); }
  Eigen::Index expression_count() const { return landmarks.basis.expression[0].cols(); }

  Eigen::MatrixX3f surface(const Eigen::VectorXd& identity, const Eigen::VectorXd& expression) const {
    const Eigen::MatrixX3f all = landmarks.basis.positions(identity, expression);
    Eigen::MatrixX3f points(landmarks.size(), 3);
    for (Eigen::Index n = 0; n < landmarks.size(); ++n) {
      points.row(n) = all.row(landmarks.candidates[static_cast<std::size_t>(n)].first);
    }
    return points;
  }

  double eye_distance_cm(const Eigen::MatrixX3f& surface_points) const {
    return (surface_points.row(outer_corner_right) - surface_points.row(outer_corner_left)).norm();
  }

  /// Everything the minimiser needs to start at a given shape.
  struct Start {
    Normalisation normalisation;
    FaceParameters parameters;
  };
  Start start(const Landmarks& seen, const Eigen::VectorXd& identity,
              const Eigen::VectorXd& expression) const {
    const Eigen::MatrixX3f points = surface(identity, expression);
    const Pose pose = pose_from_points(points, seen.points, pose_weights);
    const Normalisation normalisation{seen.points.rowwise().mean(), pose.scale * eye_distance_cm(points)};
    return {normalisation, {normalisation.apply(pose), identity, expression}};
  }

  FaceFit result(const Landmarks& seen, const Minimum& minimum, const Normalisation& normalisation,
                 const Gaze* previous_gaze) const {
    FaceFit fit;
    fit.pose = normalisation.undo(minimum.parameters.pose);
    fit.identity = minimum.parameters.identity;
    fit.expression = minimum.parameters.expression;
    fit.mean_error_px =
        static_cast<double>(minimum.residuals.offset.colwise().norm().mean()) * normalisation.unit_px;
    fit.interocular_px = fit.pose.scale * eye_distance_cm(surface(fit.identity, fit.expression));
    fit.iterations = minimum.iterations;
    if (gaze) {
      fit.gaze = gaze->estimate(seen, fit.pose, fit.identity, fit.expression, previous_gaze);
    } else if (previous_gaze != nullptr) {
      fit.gaze = *previous_gaze;
    }
    return fit;
  }
};

FaceFitter::FaceFitter(const FaceModel& model, LandmarkScheme scheme, const FitOptions& options)
    : state_(std::make_shared<FitterState>(model, scheme, options)) {}

LandmarkScheme FaceFitter::scheme() const { return state_->landmarks.scheme; }

FaceFit FaceFitter::fit_photo(const Landmarks& landmarks) const {
  check(landmarks, state_->landmarks.scheme);
  const auto [normalisation, start] =
      state_->start(landmarks, Eigen::VectorXd::Zero(state_->identity_count()),
                    Eigen::VectorXd::Zero(state_->expression_count()));
  const FaceProblem problem(state_->landmarks, normalisation.apply(landmarks.points));
  const Minimum minimum =
      minimise(problem, state_->prior, start, true, state_->options.max_iterations, first_damping);
  return state_->result(landmarks, minimum, normalisation, nullptr);
}

FaceFit FaceFitter::fit_frame(const Landmarks& landmarks, const Eigen::VectorXd& identity,
                              const FaceFit* previous) const {
  check(landmarks, state_->landmarks.scheme);
  if (identity.size() != state_->identity_count()) {
    throw InputError("the identity has " + std::to_string(identity.size()) +
                     " coefficients but the face model has " + std::to_string(state_->identity_count()));
  }
  if (previous != nullptr && previous->expression.size() != state_->expression_count()) {
    throw InputError("the previous fit has " + std::to_string(previous->expression.size()) +
                     " expressions but the face model has " + std::to_string(state_->expression_count()));
  }
  const Eigen::VectorXd expression =
      previous != nullptr ? previous->expression : Eigen::VectorXd::Zero(state_->expression_count());
  auto [normalisation, start] = state_->start(landmarks, identity, expression);
  const FaceProblem problem(state_->landmarks, normalisation.apply(landmarks.points));
  Prior prior = state_->prior;
  if (previous != nullptr) {
    FaceParameters as_before = start;
    as_before.pose = normalisation.apply(previous->pose);
    if (problem.residuals(as_before).cost < problem.residuals(start).cost) start = as_before;
    prior.temporal = state_->options.temporal_prior;
    prior.previous = expression;
  }
  const Minimum minimum =
      minimise(problem, prior, start, false,
               previous != nullptr ? state_->options.max_tracking_iterations : state_->options.max_iterations,
               previous != nullptr ? tracking_damping : first_damping);
  return state_->result(landmarks, minimum, normalisation, previous != nullptr ? &previous->gaze : nullptr);
}

std::optional<FaceFit> FaceFitter::try_fit_frame(const Landmarks& landmarks, const Eigen::VectorXd& identity,
                                                 const FaceFit* previous) const {
  try {
    return fit_frame(landmarks, identity, previous);
  } catch (const NoFaceError&) {
    return std::nullopt;
  }
}

Eigen::Matrix3Xd FaceFitter::frontal(const Landmarks& landmarks, const FaceFit& fit) const {
  check(landmarks, state_->landmarks.scheme);
  const Eigen::MatrixX3f surface = state_->surface(fit.identity, fit.expression);
  const Eigen::Matrix3d camera_from_model = fit.pose.rotation.toRotationMatrix();
  Eigen::Matrix3Xd points = camera_from_model * surface.cast<double>().transpose();
  points.topRows<2>() = (landmarks.points.colwise() - fit.pose.translation) / fit.pose.scale;
  points.row(1) *= -1.0;  // image y points down
  return camera_from_model.transpose() * points / state_->eye_distance_cm(surface);
}

Eigen::VectorXd FaceFitter::calibrate_identity(const std::vector<Landmarks>& frames) const {
  struct Frame {
    FaceProblem problem;
    Minimum minimum;
  };
  // 1. Every frame with the mean identity; bad frames are left out.
  const Eigen::VectorXd mean_identity = Eigen::VectorXd::Zero(state_->identity_count());
  std::vector<Frame> faces;
  std::vector<double> errors;
  for (const Landmarks& landmarks : frames) {
    check(landmarks, state_->landmarks.scheme);
    try {
      const auto [normalisation, start] =
          state_->start(landmarks, mean_identity, Eigen::VectorXd::Zero(state_->expression_count()));
      FaceProblem problem(state_->landmarks, normalisation.apply(landmarks.points));
      Minimum minimum =
          minimise(problem, state_->prior, start, false, state_->options.max_iterations, first_damping);
      errors.push_back(minimum.residuals.offset.colwise().norm().mean());
      faces.push_back({std::move(problem), std::move(minimum)});
    } catch (const NoFaceError&) {
      continue;
    }
  }
  if (faces.empty()) {
    throw NoFaceError("none of the " + std::to_string(frames.size()) +
                      " frames shows a face that its identity could be measured on");
  }
  const double limit = outlier_frame * median(errors);
  std::vector<Frame> kept;
  for (std::size_t f = 0; f < faces.size(); ++f) {
    if (errors[f] <= limit) kept.push_back(std::move(faces[f]));
  }

  // 2. Gauss-Newton on α with poses and free expressions eliminated (Schur complement), then the
  //    frames settle again; stops when the sum of all costs no longer falls.
  const Prior& prior = state_->prior;
  const auto total_cost = [&](const std::vector<Frame>& of, const Eigen::VectorXd& identity) {
    double cost = prior.identity * identity.squaredNorm();
    for (const Frame& frame : of) cost += frame.minimum.cost - prior.identity * identity.squaredNorm();
    return cost;
  };
  Eigen::VectorXd identity = mean_identity;
  double best_cost = total_cost(kept, identity);
  const Eigen::Index k = state_->identity_count();
  const Eigen::Index size = unknown::expression + state_->expression_count() + k;
  const Eigen::Index locals = size - k;
  for (int round = 0; round < calibration_rounds; ++round) {
    Eigen::MatrixXd reduced = prior.identity * Eigen::MatrixXd::Identity(k, k);
    Eigen::VectorXd slope = prior.identity * identity;
    for (const Frame& frame : kept) {
      Eigen::MatrixXd hessian = Eigen::MatrixXd::Zero(size, size);
      Eigen::VectorXd gradient = Eigen::VectorXd::Zero(size);
      const FaceParameters& at = frame.minimum.parameters;
      frame.problem.accumulate(at, frame.minimum.residuals, true, hessian, gradient);
      Prior without_identity = prior;
      without_identity.identity = 0;
      without_identity.accumulate(at, true, hessian, gradient);
      const std::vector<Eigen::Index> free = free_locals(at, gradient);
      const Eigen::MatrixXd cross = hessian.topRightCorner(locals, k)(free, Eigen::all);
      const Eigen::LLT<Eigen::MatrixXd> local(hessian(free, free));
      reduced += hessian.bottomRightCorner(k, k) - cross.transpose() * local.solve(cross);
      slope += gradient.tail(k) - cross.transpose() * local.solve(Eigen::VectorXd(gradient(free)));
    }
    Eigen::VectorXd next = identity - reduced.ldlt().solve(slope);
    next = next.cwiseMax(-largest_identity).cwiseMin(largest_identity);
    std::vector<Frame> settled = kept;
    for (Frame& frame : settled) {
      FaceParameters start = frame.minimum.parameters;
      start.identity = next;
      frame.minimum =
          minimise(frame.problem, prior, start, false, state_->options.max_iterations, first_damping);
    }
    const double cost = total_cost(settled, next);
    if (!(cost < best_cost)) break;
    const bool converged = best_cost - cost < converged_decrease * best_cost;
    kept = std::move(settled);
    identity = next;
    best_cost = cost;
    if (converged) break;
  }
  return identity;
}

}  // namespace reenact
