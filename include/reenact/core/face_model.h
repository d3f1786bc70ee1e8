#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reenact/core/landmarks.h"

namespace reenact {

/// Which part of the head a vertex belongs to.
enum class Region : std::uint8_t {
  face = 0,
  head = 1,  ///< scalp, ears and neck
  mouth_socket = 2,
  eye_socket = 3,
  gums_tongue = 4,
  teeth = 5,
  eyeball_right = 6,  ///< the subject's right eye (negative model x)
  eyeball_left = 7,
};

/// Points fixed to the surface: a triangle and barycentric weights for each.
struct SurfacePoints {
  Eigen::VectorXi triangle;      ///< N indices into FaceModel::triangles
  Eigen::Matrix3Xf barycentric;  ///< 3×N, not negative, columns sum to 1
  Eigen::Index size() const { return triangle.size(); }
};

/// A 3D morphable model: X(α, β) = mean + identity·α + expression·β.
///
/// Model frame: centimetres, x towards the subject's left (right in an image of a frontal
/// face), y up, z towards the viewer. α is in standard deviations; β lies in [0, 1], and names
/// are believed where they are ARKit's. V vertices, T triangles, K identity and E expression
/// modes. Eyeballs, teeth, the sockets and a neck may be missing.
struct FaceModel {
  std::string name;
  Eigen::Matrix3Xf mean;                      ///< 3×V
  Eigen::MatrixXf identity;                   ///< 3V×K, rows x0 y0 z0 x1 …
  Eigen::MatrixXf expression;                 ///< 3V×E
  std::vector<std::string> expression_names;  ///< E, all different
  Eigen::Matrix3Xi triangles;                 ///< 3×T, counter-clockwise seen from outside
  std::vector<Region> region;                 ///< V
  Eigen::VectorXf
      head_weight;         ///< V in [0,1]: 1 moves with the head, 0 (base of the neck) stays with the torso
  Eigen::VectorXi mirror;  ///< V: the vertex on the other side, whose mirror is this one
  Eigen::Matrix3Xf neutral_coordinates;  ///< 3×V in [0,1]: mean scaled to its bounding box (PNCC)
  Eigen::VectorXi landmarks68;           ///< 68 vertices in iBUG order
  SurfacePoints landmarks468;  ///< face-mesh points, learned correspondences; empty when not learned

  Eigen::Index vertex_count() const { return mean.cols(); }
  Eigen::Index identity_count() const { return identity.cols(); }
  Eigen::Index expression_count() const { return expression.cols(); }

  /// Index of a named expression. Throws ModelError when the model has none of that name.
  Eigen::Index expression_index(const std::string& expression_name) const;
  /// The same, or nothing.
  std::optional<Eigen::Index> find_expression(const std::string& expression_name) const;

  bool has(Region wanted) const;

  /// What this program does not do with the model, for people, a clause each; nothing for one that has
  /// everything: ARKit's names, eyeballs, the inside of the mouth, a neck.
  std::vector<std::string> limits() const;

  /// Checks sizes, finiteness, ranges and the invariants above. Throws ModelError naming what is wrong.
  void validate() const;
};

/// Rotation of both eyeballs in radians: yaw to the subject's left is positive, pitch up is positive.
struct Gaze {
  Eigen::Vector2d right = Eigen::Vector2d::Zero();  ///< (yaw, pitch) of the subject's right eye
  Eigen::Vector2d left = Eigen::Vector2d::Zero();
};

/// The face in model coordinates, 3×V: mean + identity·α + expression·β, eyeballs turned by
/// `gaze` about their own centres. Missing trailing coefficients count as zero.
Eigen::Matrix3Xf shape_face(const FaceModel& model, const Eigen::VectorXd& identity,
                            const Eigen::VectorXd& expression, const Gaze& gaze);

/// The same from the face at rest, 3×V, where that is known: shape_face(model, identity, {}, {}).
Eigen::Matrix3Xf express(const FaceModel& model, const Eigen::Matrix3Xf& face_at_rest,
                         const Eigen::VectorXd& expression, const Gaze& gaze);

/// Barycentric mean of a triangle's columns of `values` (positions, attributes of the vertices).
/// `weights` are the three of its corners.
template <typename Values, typename Corners>
Eigen::Matrix<float, Values::RowsAtCompileTime, 1> interpolate(const Values& values, const Corners& corners,
                                                               const float* weights) {
  return weights[0] * values.col(corners[0]) + weights[1] * values.col(corners[1]) +
         weights[2] * values.col(corners[2]);
}

/// Where `points` lie on the face with these `vertices`, 3×N in the frame of the vertices.
Eigen::Matrix3Xf surface_positions(const FaceModel& model, const SurfacePoints& points,
                                   const Eigen::Matrix3Xf& vertices);

/// Rotation matrix (model frame) of one eyeball for (yaw, pitch).
Eigen::Matrix3d gaze_rotation(const Eigen::Vector2d& yaw_pitch);

/// Centre of an eyeball region in `vertices`: the centroid of its vertices.
Eigen::Vector3d eyeball_centre(const FaceModel& model, const Eigen::Matrix3Xf& vertices, Region eyeball);

}  // namespace reenact
