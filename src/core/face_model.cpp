#include "reenact/core/face_model.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <initializer_list>
#include <set>

#include "reenact/core/error.h"

namespace reenact {
namespace {

[[noreturn]] void reject(const FaceModel& model, const std::string& what) {
  throw ModelError("face model '" + model.name + "' is not usable: " + what);
}

void require(bool ok, const FaceModel& model, const std::string& what) {
  if (!ok) reject(model, what);
}

template <typename Indices>
bool in_range(const Indices& indices, Eigen::Index limit) {
  return indices.size() == 0 || (indices.minCoeff() >= 0 && indices.maxCoeff() < limit);
}

template <typename Values>
bool in_unit_interval(const Values& values) {
  return (values.array() >= 0).all() && (values.array() <= 1).all();
}

bool is_involution(const Eigen::VectorXi& mirror) {
  for (Eigen::Index i = 0; i < mirror.size(); ++i) {
    if (mirror[mirror[i]] != i) return false;
  }
  return true;
}

bool are_convex_weights(const Eigen::Matrix3Xf& weights) {
  constexpr float rounding = 1e-4F;
  return in_unit_interval(weights) && ((weights.colwise().sum().array() - 1).abs() <= rounding).all();
}

}  // namespace

Eigen::Index FaceModel::expression_index(const std::string& expression_name) const {
  const std::optional<Eigen::Index> found = find_expression(expression_name);
  if (!found) reject(*this, "it has no expression named '" + expression_name + "'");
  return *found;
}

std::optional<Eigen::Index> FaceModel::find_expression(const std::string& expression_name) const {
  const auto found = std::find(expression_names.begin(), expression_names.end(), expression_name);
  if (found == expression_names.end()) return std::nullopt;
  return found - expression_names.begin();
}

bool FaceModel::has(Region wanted) const {
  return std::find(region.begin(), region.end(), wanted) != region.end();
}

std::vector<std::string> FaceModel::limits() const {
  std::vector<std::string> limits;
  const auto lacks_all = [&](std::initializer_list<const char*> names) {
    return std::none_of(names.begin(), names.end(), [&](const char* name) { return find_expression(name); });
  };
  if (lacks_all({"jawOpen", "mouthClose"})) {
    limits.emplace_back(
        "no jawOpen and mouthClose: lips part as its other expressions let them, and need not touch where "
        "the driver's do");
  }
  if (lacks_all({"eyeBlink_L", "eyeBlink_R", "eyeWide_L", "eyeWide_R"})) {
    limits.emplace_back("no eyeBlink and eyeWide: lids move only where the eyes are drawn");
  }
  if (lacks_all(
          {"browDown_L", "browInnerUp_L", "browOuterUp_L", "browDown_R", "browInnerUp_R", "browOuterUp_R"})) {
    limits.emplace_back(
        "no expressions named after brows: they are moved as the mouth is, and --strength and --parts do not "
        "tell them apart");
  }
  if (!has(Region::eyeball_right)) limits.emplace_back("no eyeballs: eyes neither turn nor shut");
  if (!has(Region::mouth_socket) && !has(Region::teeth)) {
    limits.emplace_back(
        "no inside of the mouth: where the driver's cannot be shown, an opened mouth stretches the lips");
  }
  if ((head_weight.array() >= 1).all())
    limits.emplace_back("no neck: the photo's is moved as its surroundings are");
  return limits;
}

void FaceModel::validate() const {
  const Eigen::Index v = vertex_count();
  require(v >= 100 && v <= 200000, *this, "it has " + std::to_string(v) + " vertices");
  require(identity.rows() == 3 * v && identity_count() >= 1, *this, "the identity basis has the wrong size");
  require(expression.rows() == 3 * v && expression_count() >= 1, *this,
          "the expression basis has the wrong size");
  require(static_cast<Eigen::Index>(expression_names.size()) == expression_count(), *this,
          "expressions and their names differ in number");
  require(std::set<std::string>(expression_names.begin(), expression_names.end()).size() ==
              expression_names.size(),
          *this, "two expressions have the same name");
  require(triangles.cols() >= 1, *this, "it has no triangles");
  require(static_cast<Eigen::Index>(region.size()) == v && head_weight.size() == v && mirror.size() == v &&
              neutral_coordinates.cols() == v,
          *this, "a per-vertex array has the wrong size");
  require(landmarks68.size() == 68, *this, "it does not have 68 landmark vertices");
  require(landmarks468.size() == 0 || landmarks468.size() == 468, *this,
          "it does not have 468 face-mesh points");
  require(landmarks468.barycentric.cols() == landmarks468.size(), *this,
          "face-mesh points and their weights differ in number");
  require(mean.allFinite() && identity.allFinite() && expression.allFinite() && head_weight.allFinite() &&
              neutral_coordinates.allFinite() && landmarks468.barycentric.allFinite(),
          *this, "it holds numbers that are not finite");
  require(in_range(triangles, v), *this, "a triangle points outside the vertices");
  require(in_range(landmarks68, v) && in_range(mirror, v), *this, "an index points outside the vertices");
  require(in_range(landmarks468.triangle, triangles.cols()), *this,
          "a face-mesh point lies outside the triangles");
  require(in_unit_interval(head_weight), *this, "a head weight lies outside [0, 1]");
  require(in_unit_interval(neutral_coordinates), *this, "a neutral coordinate lies outside [0, 1]");
  require(is_involution(mirror), *this, "a vertex is not the mirror image of its own mirror image");
  require(are_convex_weights(landmarks468.barycentric), *this,
          "the weights of a face-mesh point are negative or do not sum to 1");
  require(std::all_of(region.begin(), region.end(), [](Region r) { return r <= Region::eyeball_left; }),
          *this, "a vertex has an unknown region");
  require(has(Region::eyeball_right) == has(Region::eyeball_left), *this, "it has one eyeball");
  require(has(Region::face), *this, "no vertex belongs to the face");
}

Eigen::Matrix3Xf surface_positions(const FaceModel& model, const SurfacePoints& points,
                                   const Eigen::Matrix3Xf& vertices) {
  Eigen::Matrix3Xf positions(3, points.size());
  for (Eigen::Index n = 0; n < points.size(); ++n) {
    const Eigen::Vector3i corners = model.triangles.col(points.triangle[n]);
    positions.col(n) = interpolate(vertices, corners, points.barycentric.col(n).data());
  }
  return positions;
}

Eigen::Matrix3d gaze_rotation(const Eigen::Vector2d& yaw_pitch) {
  return (Eigen::AngleAxisd(yaw_pitch.x(), Eigen::Vector3d::UnitY()) *
          Eigen::AngleAxisd(-yaw_pitch.y(), Eigen::Vector3d::UnitX()))
      .toRotationMatrix();
}

Eigen::Vector3d eyeball_centre(const FaceModel& model, const Eigen::Matrix3Xf& vertices, Region eyeball) {
  Eigen::Vector3d sum = Eigen::Vector3d::Zero();
  Eigen::Index count = 0;
  for (Eigen::Index i = 0; i < vertices.cols(); ++i) {
    if (model.region[static_cast<std::size_t>(i)] != eyeball) continue;
    sum += vertices.col(i).cast<double>();
    ++count;
  }
  return sum / static_cast<double>(std::max<Eigen::Index>(count, 1));
}

Eigen::Matrix3Xf shape_face(const FaceModel& model, const Eigen::VectorXd& identity,
                            const Eigen::VectorXd& expression, const Gaze& gaze) {
  Eigen::Matrix3Xf at_rest = model.mean;
  const Eigen::Index count = std::min(identity.size(), model.identity_count());
  if (count > 0) {
    Eigen::Map<Eigen::VectorXf>(at_rest.data(), at_rest.size()).noalias() +=
        model.identity.leftCols(count) * identity.head(count).cast<float>();
  }
  return express(model, at_rest, expression, gaze);
}

Eigen::Matrix3Xf express(const FaceModel& model, const Eigen::Matrix3Xf& face_at_rest,
                         const Eigen::VectorXd& expression, const Gaze& gaze) {
  Eigen::Matrix3Xf vertices = face_at_rest;
  Eigen::Map<Eigen::VectorXf> flat(vertices.data(), vertices.size());
  const Eigen::Index count = std::min(expression.size(), model.expression_count());
  for (Eigen::Index i = 0; i < count; ++i) {
    const auto weight = static_cast<float>(expression[i]);
    if (weight != 0.0F) flat += weight * model.expression.col(i);
  }
  const auto turn = [&](Region eye, const Eigen::Vector2d& yaw_pitch) {
    if (yaw_pitch.isZero()) return;
    const Eigen::Vector3f centre = eyeball_centre(model, vertices, eye).cast<float>();
    const Eigen::Matrix3f rotation = gaze_rotation(yaw_pitch).cast<float>();
    for (Eigen::Index i = 0; i < vertices.cols(); ++i) {
      if (model.region[static_cast<std::size_t>(i)] != eye) continue;
      vertices.col(i) = rotation * (vertices.col(i) - centre) + centre;
    }
  };
  turn(Region::eyeball_right, gaze.right);
  turn(Region::eyeball_left, gaze.left);
  return vertices;
}

}  // namespace reenact
