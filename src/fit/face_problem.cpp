#include "fit/face_problem.h"

#include <cmath>
#include <utility>

#include "fit/contour_lines.h"
#include "fit/landmark_weights.h"
#include "reenact/core/error.h"

namespace reenact {
namespace {

/// Residual, as a share of the eye distance, beyond which a landmark counts as an outlier (Huber).
/// Good landmarks err by 2–3 %.
constexpr float huber_threshold = 0.04F;
/// Weight of a contour landmark's residual along the contour relative to across it.
constexpr float along_contour = 0.1F;

std::vector<SurfacePoint> dense_points(const FaceModel& model) {
  const SurfacePoints& dense = model.landmarks468;
  if (dense.size() == 0) {
    throw ModelError("face model '" + model.name +
                     "' has no face-mesh landmarks; use --landmarks dlib68 or a model that has them");
  }
  std::vector<SurfacePoint> points;
  for (Eigen::Index i = 0; i < dense.size(); ++i) {
    points.push_back({model.triangles.col(dense.triangle[i]), dense.barycentric.col(i)});
  }
  return points;
}

}  // namespace

FaceParameters moved(const FaceParameters& from, const Eigen::VectorXd& step) {
  FaceParameters to = from;
  const Eigen::Vector3d turn = step.segment<3>(unknown::rotation);
  const double angle = turn.norm();
  if (angle > 0) {
    to.pose.rotation = Eigen::Quaterniond(Eigen::AngleAxisd(angle, turn / angle)) * from.pose.rotation;
    to.pose.rotation.normalize();
  }
  to.pose.scale *= std::exp(step[unknown::log_scale]);
  to.pose.translation += step.segment<2>(unknown::translation);
  const Eigen::Index expressions = from.expression.size();
  to.expression += step.segment(unknown::expression, expressions);
  const Eigen::Index identities = step.size() - unknown::expression - expressions;
  if (identities > 0) to.identity += step.tail(identities);
  return to;
}

LandmarkModel::LandmarkModel(const FaceModel& model, LandmarkScheme landmark_scheme)
    : scheme(landmark_scheme), weights(landmark_weights(landmark_scheme)) {
  std::vector<SurfacePoint> points;
  const auto add_fixed = [&](const SurfacePoint& point) {
    candidates.push_back({static_cast<Eigen::Index>(points.size()), 1, Eigen::Vector2d::Zero()});
    points.push_back(point);
  };
  if (scheme == LandmarkScheme::mesh468) {
    for (const SurfacePoint& point : dense_points(model)) add_fixed(point);
  } else {
    for (const ContourLine& line : contour_lines(model)) {
      candidates.push_back({static_cast<Eigen::Index>(points.size()),
                            static_cast<Eigen::Index>(line.points.size()), line.outward});
      points.insert(points.end(), line.points.begin(), line.points.end());
    }
    for (Eigen::Index i = static_cast<Eigen::Index>(candidates.size()); i < model.landmarks68.size(); ++i) {
      add_fixed({Eigen::Vector3i::Constant(model.landmarks68[i]), Eigen::Vector3f::UnitX()});
    }
  }
  basis = LandmarkBasis(model, points);
}

FaceProblem::FaceProblem(const LandmarkModel& model, Eigen::Matrix2Xd points)
    : model_(model), points_(std::move(points)) {}

Residuals FaceProblem::residuals(const FaceParameters& at) const {
  const Eigen::Index count = model_.size();
  const Eigen::Matrix3d rotation = at.pose.rotation.toRotationMatrix();
  const Eigen::Matrix3f camera = (at.pose.scale * rotation).cast<float>();
  const Eigen::MatrixX3f points = model_.basis.positions(at.identity, at.expression) * camera.transpose();
  const Eigen::Vector2d up = rotation.col(1).head<2>().normalized();

  Residuals result;
  result.rows.resize(static_cast<std::size_t>(count));
  result.in_camera.resize(count, 3);
  result.normal.resize(2, count);
  result.axis_ratio.resize(count);
  result.offset.resize(2, count);
  result.robust_weight.resize(count);
  for (Eigen::Index n = 0; n < count; ++n) {
    const LandmarkModel::Candidates& candidates = model_.candidates[static_cast<std::size_t>(n)];
    Eigen::Index row = candidates.first;
    Eigen::Vector2f normal = Eigen::Vector2f::UnitX();
    result.axis_ratio[n] = 1.0F;
    if (candidates.count > 1) {
      const Eigen::Vector2f outward(
          (candidates.outward.x() * Eigen::Vector2d(up.y(), -up.x()) + candidates.outward.y() * up)
              .cast<float>());
      Eigen::Index outermost = 0;
      (points.middleRows(candidates.first, candidates.count).leftCols<2>() * outward).maxCoeff(&outermost);
      row += outermost;
      normal = Eigen::Vector2f(outward.x(), -outward.y());
      result.axis_ratio[n] = along_contour;
    }
    const Eigen::RowVector3f point = points.row(row);
    const Eigen::Vector2f offset(point.x() + static_cast<float>(at.pose.translation.x() - points_(0, n)),
                                 -point.y() + static_cast<float>(at.pose.translation.y() - points_(1, n)));
    const float across = normal.dot(offset);
    const float along = normal.x() * offset.y() - normal.y() * offset.x();
    const float size = std::sqrt(across * across + result.axis_ratio[n] * along * along);
    const bool inlier = size <= huber_threshold;
    const float rho = inlier ? size * size : huber_threshold * (2.0F * size - huber_threshold);

    result.rows[static_cast<std::size_t>(n)] = row;
    result.in_camera.row(n) = point;
    result.normal.col(n) = normal;
    result.offset.col(n) = offset;
    result.robust_weight[n] = inlier ? 1.0F : huber_threshold / size;
    result.cost += model_.weights[n] * static_cast<double>(rho);
  }
  return result;
}

Eigen::VectorXf FaceProblem::residual_vector(const Residuals& residuals) const {
  Eigen::VectorXf vector(2 * model_.size());
  for (Eigen::Index n = 0; n < model_.size(); ++n) {
    const float weight = std::sqrt(static_cast<float>(model_.weights[n]));
    const Eigen::Vector2f normal = residuals.normal.col(n);
    const Eigen::Vector2f tangent(-normal.y(), normal.x());
    vector[2 * n] = weight * normal.dot(residuals.offset.col(n));
    vector[2 * n + 1] = weight * std::sqrt(residuals.axis_ratio[n]) * tangent.dot(residuals.offset.col(n));
  }
  return vector;
}

LandmarkBasis::RowMatrix FaceProblem::jacobian(const FaceParameters& at, const Residuals& residuals,
                                               bool with_identity) const {
  const Eigen::Index expressions = at.expression.size();
  const Eigen::Index identities = with_identity ? at.identity.size() : 0;
  Eigen::Matrix3f camera = (at.pose.scale * at.pose.rotation.toRotationMatrix()).cast<float>();
  camera.row(1) *= -1.0F;  // image y points down

  LandmarkBasis::RowMatrix jacobian(2 * model_.size(), unknown::expression + expressions + identities);
  for (Eigen::Index n = 0; n < model_.size(); ++n) {
    const float weight = std::sqrt(static_cast<float>(model_.weights[n]));
    const Eigen::Vector2f normal = weight * residuals.normal.col(n);
    const Eigen::Vector2f tangent =
        std::sqrt(residuals.axis_ratio[n]) * Eigen::Vector2f(-normal.y(), normal.x());
    const Eigen::Vector3f point = residuals.in_camera.row(n);

    Eigen::Matrix<float, 2, 6> pose_part;
    // d(ω × Y) with Y = scale · R X, image y flipped.
    pose_part << 0, point.z(), -point.y(), point.x(), 1, 0,  //
        point.z(), 0, -point.x(), -point.y(), 0, 1;

    const Eigen::Index row = residuals.rows[static_cast<std::size_t>(n)];
    for (int axis = 0; axis < 2; ++axis) {
      const Eigen::RowVector2f direction = (axis == 0 ? normal : tangent).transpose();
      const Eigen::RowVector3f into_model = direction * camera.topRows<2>();
      auto out = jacobian.row(2 * n + axis);
      out.head<6>() = direction * pose_part;
      out.segment(unknown::expression, expressions) = into_model[0] * model_.basis.expression[0].row(row) +
                                                      into_model[1] * model_.basis.expression[1].row(row) +
                                                      into_model[2] * model_.basis.expression[2].row(row);
      if (identities == 0) continue;
      out.tail(identities) = into_model[0] * model_.basis.identity[0].row(row) +
                             into_model[1] * model_.basis.identity[1].row(row) +
                             into_model[2] * model_.basis.identity[2].row(row);
    }
  }
  return jacobian;
}

void FaceProblem::accumulate(const FaceParameters& at, const Residuals& residuals, bool with_identity,
                             Eigen::MatrixXd& hessian, Eigen::VectorXd& gradient) const {
  LandmarkBasis::RowMatrix weighted_jacobian = jacobian(at, residuals, with_identity);
  Eigen::VectorXf weighted_residual = residual_vector(residuals);
  for (Eigen::Index n = 0; n < model_.size(); ++n) {
    if (residuals.robust_weight[n] == 1.0F) continue;
    const float root = std::sqrt(residuals.robust_weight[n]);
    weighted_jacobian.middleRows<2>(2 * n) *= root;
    weighted_residual.segment<2>(2 * n) *= root;
  }
  Eigen::MatrixXf normal_matrix = Eigen::MatrixXf::Zero(hessian.rows(), hessian.cols());
  normal_matrix.selfadjointView<Eigen::Lower>().rankUpdate(weighted_jacobian.transpose());
  hessian += Eigen::MatrixXf(normal_matrix.selfadjointView<Eigen::Lower>()).cast<double>();
  gradient += (weighted_jacobian.transpose() * weighted_residual).cast<double>();
}

}  // namespace reenact
