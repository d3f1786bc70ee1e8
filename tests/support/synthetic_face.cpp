#include "support/synthetic_face.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace reenact::test {
namespace {

using Eigen::Vector3d;

// The skin is a grid of rings around the vertical axis. Ring heights in cm, from the top; the rings
// named below carry the features.
constexpr std::array<double, 24> ring_height = {11.0, 10.2, 8.8,  7.2,  5.8,  4.4,  3.3,   2.4,
                                                1.5,  0.6,  -0.2, -0.9, -1.6, -2.4, -3.3,  -4.0,
                                                -4.8, -5.6, -6.5, -7.4, -8.3, -9.5, -11.0, -12.5};
constexpr int rings = static_cast<int>(ring_height.size());
constexpr int columns = 40;  // column 0 is the middle of the face, positive ones lie on the subject's left
constexpr int brow_ring = 6, eye_ring = 8, nose_tip_ring = 12, nose_base_ring = 13, upper_lip_ring = 14,
              mouth_ring = 15, lower_lip_ring = 16, chin_ring = 19;
constexpr int mouth_corner = 5, eye_inner = 3, eye_outer = 8;
constexpr double eyeball_radius = 1.2;
const Vector3d left_eyeball_centre(2.95, 1.5, 6.6);

/// Side of a slit that a vertex on it belongs to.
enum class Edge { none, upper, lower };

double bell(double x, double width) { return std::exp(-x * x / (width * width)); }

double ramp(double x, double from, double to) {
  const double t = std::clamp((x - from) / (to - from), 0.0, 1.0);
  return t * t * (3 - 2 * t);
}

Vector3d skin_position(int ring, int column) {
  const double t = 2.0 * column / columns;
  const double angle = M_PI * (0.45 * t + 0.55 * t * t * t);
  const double y = ring_height[static_cast<std::size_t>(ring)];
  if (ring > chin_ring) return {4.8 * std::sin(angle), y, 5.2 * std::cos(angle) - 1.5};
  const double profile = std::sqrt(1 - std::pow((y - 1) / 11.5, 2));
  const double jaw = 1 - 0.16 * ramp(-y, 2, 8);
  const double x = 7.2 * profile * jaw * std::sin(angle);
  double z = 9.0 * profile * std::cos(angle);
  if (z > 0) {
    const double along_nose = y > -1.6 ? ramp(y, 2.6, -1.6) : ramp(y, -3.4, -1.6);
    z += 2.4 * bell(x, 1.1) * along_nose;
    z += 0.5 * bell(x, 2.5) * bell(y + 4.0, 1.0);                  // lips
    z += 0.7 * bell(x, 2.0) * bell(y + 7.0, 1.3);                  // chin
    z += 0.4 * bell(std::abs(x) - 3.0, 2.0) * bell(y - 3.3, 0.9);  // brows
  }
  return {x, y, z};
}

int mirrored(int column) { return column == columns / 2 ? column : -column; }

/// Half of the eye's opening above or below its line at column c of either side.
double lid_offset(int column) {
  const int c = std::abs(column);
  const double t = 2.0 * (c - eye_inner) / (eye_outer - eye_inner) - 1;
  return 0.5 * std::sqrt(std::max(0.0, 1 - t * t));
}

bool on_eye_slit(int ring, int column) {
  return ring == eye_ring && std::abs(column) > eye_inner && std::abs(column) < eye_outer;
}

bool on_mouth_slit(int ring, int column) { return ring == mouth_ring && std::abs(column) < mouth_corner; }

/// What the formulas of identity and expression know of a vertex.
struct Vertex {
  Vector3d position;
  Region region = Region::face;
  Edge edge = Edge::none;
  int ring = -1;
  int column = 0;
};

/// Collects the mesh; afterwards vertex numbers are looked up by ring, column and edge.
class Builder {
 public:
  Builder() {
    add_skin();
    add_mouth_socket();
    add_eyeball(Region::eyeball_right);
    add_eyeball(Region::eyeball_left);
  }

  int skin(int ring, int column, Edge edge = Edge::none) const {
    const bool slit = on_eye_slit(ring, column) || on_mouth_slit(ring, column);
    return index_.at({ring, column, slit ? edge : Edge::none});
  }
  const std::vector<Vertex>& vertices() const { return vertices_; }
  const std::vector<Eigen::Vector3i>& triangles() const { return triangles_; }
  const std::vector<int>& mirror() const { return mirror_; }

 private:
  struct Key {
    int ring;
    int column;
    Edge edge;
    friend bool operator<(const Key& a, const Key& b) {
      return std::tie(a.ring, a.column, a.edge) < std::tie(b.ring, b.column, b.edge);
    }
  };

  int add(const Vertex& vertex) {
    vertices_.push_back(vertex);
    mirror_.push_back(static_cast<int>(vertices_.size()) - 1);
    return mirror_.back();
  }

  void add_quad(int upper_left, int lower_left, int lower_right, int upper_right) {
    triangles_.emplace_back(upper_left, lower_left, lower_right);
    triangles_.emplace_back(upper_left, lower_right, upper_right);
  }

  void add_skin() {
    for (int ring = 0; ring < rings; ++ring) {
      for (int column = 1 - columns / 2; column <= columns / 2; ++column) {
        Vertex vertex{skin_position(ring, column), Region::face, Edge::none, ring, column};
        if (ring < 4 || ring > chin_ring || std::abs(column) > 13) vertex.region = Region::head;
        if (!on_eye_slit(ring, column) && !on_mouth_slit(ring, column)) {
          index_[{ring, column, Edge::none}] = add(vertex);
          continue;
        }
        const double gap = on_eye_slit(ring, column) ? lid_offset(column) : 0.0;
        for (const Edge edge : {Edge::upper, Edge::lower}) {
          Vertex side = vertex;
          side.edge = edge;
          side.position.y() += edge == Edge::upper ? gap : -gap;
          index_[{ring, column, edge}] = add(side);
        }
      }
    }
    for (const auto& [key, vertex] : index_) {
      mirror_[static_cast<std::size_t>(vertex)] = index_.at({key.ring, mirrored(key.column), key.edge});
    }
    const int pole = add({{0, 11.9, 0}, Region::head, Edge::none, -1, 0});
    for (int column = 1 - columns / 2; column <= columns / 2; ++column) {
      const int next = column == columns / 2 ? 1 - columns / 2 : column + 1;
      triangles_.emplace_back(pole, skin(0, column), skin(0, next));
      for (int ring = 0; ring + 1 < rings; ++ring) {
        add_quad(skin(ring, column, Edge::lower), skin(ring + 1, column, Edge::upper),
                 skin(ring + 1, next, Edge::upper), skin(ring, next, Edge::lower));
      }
    }
  }

  /// A bag behind the lips: two rows of vertices, closed at the corners of the mouth.
  void add_mouth_socket() {
    std::map<std::pair<int, int>, int> bag;
    for (int row = 0; row < 2; ++row) {
      for (int column = 1 - mouth_corner; column < mouth_corner; ++column) {
        Vertex vertex{skin_position(mouth_ring, column), Region::mouth_socket,
                      row == 0 ? Edge::upper : Edge::lower, mouth_ring, column};
        vertex.position += Vector3d(-0.1 * column, row == 0 ? 0.7 : -0.7, -2.0);
        bag[{row, column}] = add(vertex);
      }
    }
    for (const auto& [key, vertex] : bag) {
      mirror_[static_cast<std::size_t>(vertex)] = bag.at({key.first, -key.second});
    }
    const auto row_vertex = [&](int row, int column) {
      if (row == 0) return skin(mouth_ring, column, Edge::upper);
      if (row == 3) return skin(mouth_ring, column, Edge::lower);
      return bag.at({row - 1, column});
    };
    for (int row = 0; row < 3; ++row) {
      for (int column = 1 - mouth_corner; column + 1 < mouth_corner; ++column) {
        add_quad(row_vertex(row, column), row_vertex(row + 1, column), row_vertex(row + 1, column + 1),
                 row_vertex(row, column + 1));
      }
      const int right = skin(mouth_ring, -mouth_corner);
      const int left = skin(mouth_ring, mouth_corner);
      triangles_.emplace_back(right, row_vertex(row + 1, 1 - mouth_corner),
                              row_vertex(row, 1 - mouth_corner));
      triangles_.emplace_back(left, row_vertex(row, mouth_corner - 1), row_vertex(row + 1, mouth_corner - 1));
    }
  }

  /// A sphere whose poles lie on the viewing axis. The left one is added after the right one and is
  /// its mirror image.
  void add_eyeball(Region eye) {
    constexpr int circles = 6, spokes = 10;
    const double side = eye == Region::eyeball_left ? 1.0 : -1.0;
    const Vector3d centre = left_eyeball_centre.cwiseProduct(Vector3d(side, 1, 1));
    const int first = static_cast<int>(vertices_.size());
    const auto add_point = [&](double polar, double azimuth) {
      const Vector3d direction(side * std::sin(polar) * std::cos(azimuth),
                               std::sin(polar) * std::sin(azimuth), std::cos(polar));
      add({centre + eyeball_radius * direction, eye, Edge::none, -1, 0});
    };
    add_point(0, 0);
    for (int circle = 1; circle <= circles; ++circle) {
      for (int spoke = 0; spoke < spokes; ++spoke) {
        add_point(M_PI * circle / (circles + 1), 2 * M_PI * spoke / spokes);
      }
    }
    add_point(M_PI, 0);
    const int count = static_cast<int>(vertices_.size()) - first;
    const auto at = [&](int circle, int spoke) {
      if (circle == 0) return first;
      if (circle == circles + 1) return first + count - 1;
      return first + 1 + (circle - 1) * spokes + spoke % spokes;
    };
    for (int circle = 0; circle <= circles; ++circle) {
      for (int spoke = 0; spoke < spokes; ++spoke) {
        std::array<int, 4> corner = {at(circle, spoke), at(circle + 1, spoke), at(circle + 1, spoke + 1),
                                     at(circle, spoke + 1)};
        if (side < 0) std::swap(corner[1], corner[3]);
        if (corner[0] != corner[1] && corner[1] != corner[2])
          triangles_.emplace_back(corner[0], corner[1], corner[2]);
        if (corner[2] != corner[3] && corner[3] != corner[0])
          triangles_.emplace_back(corner[0], corner[2], corner[3]);
      }
    }
    if (eye == Region::eyeball_left) {
      for (int i = 0; i < count; ++i) {
        const int left = first + i;
        const int right = left - count;
        mirror_[static_cast<std::size_t>(left)] = right;
        mirror_[static_cast<std::size_t>(right)] = left;
      }
    }
  }

  std::vector<Vertex> vertices_;
  std::vector<Eigen::Vector3i> triangles_;
  std::vector<int> mirror_;
  std::map<Key, int> index_;
};

using Field = std::function<Vector3d(const Vertex&)>;

/// Displacement of one standard deviation. An eyeball moves as a whole.
std::vector<Field> identity_fields() {
  return {
      [](const Vertex& v) -> Vector3d { return Vector3d(0.045 * v.position.x(), 0, 0); },
      [](const Vertex& v) -> Vector3d { return Vector3d(0, 0.04 * v.position.y(), 0); },
      [](const Vertex& v) -> Vector3d { return Vector3d(0, 0, 0.04 * v.position.z()); },
      [](const Vertex& v) -> Vector3d {
        return Vector3d(0.07 * v.position.x() * ramp(v.position.y(), -2, -6), 0, 0);
      },
      [](const Vertex& v) -> Vector3d {
        return Vector3d(0, -0.2, 0.5) * bell(v.position.x(), 1.3) * bell(v.position.y() + 1.6, 1.4) *
               ramp(v.position.z(), 0, 5);
      },
      [](const Vertex& v) -> Vector3d {
        const double near_eyes = bell(std::abs(v.position.x()) - 3, 2.2) * bell(v.position.y() - 1.5, 1.8);
        return Vector3d(std::copysign(0.3, v.position.x()) * near_eyes * ramp(v.position.z(), 0, 5), 0, 0);
      },
      [](const Vertex& v) -> Vector3d {
        return Vector3d(0.12 * v.position.x() * bell(v.position.x(), 3) * bell(v.position.y() + 4, 1.2), 0,
                        0);
      },
      [](const Vertex& v) -> Vector3d {
        return Vector3d(0, 0.4 * bell(v.position.y() + 6.5, 2.5) * ramp(v.position.z(), 0, 5), 0);
      },
  };
}

/// 1 on the side that `side` (+1 the subject's left, −1 right) names, fading across the middle.
double on_side(const Vertex& v, double side) { return ramp(side * v.position.x(), -0.8, 0.8); }

/// How much a vertex hangs on the lower jaw.
double jaw_weight(const Vertex& v) {
  if (v.ring < 0 || v.edge == Edge::upper) return 0;
  if (v.edge == Edge::lower && v.ring == mouth_ring) return 1;
  if (v.ring == eye_ring) return 0;
  return ramp(v.position.y(), -3.4, -4.6) * ramp(v.position.z(), 0, 4) * ramp(v.position.y(), -10, -8);
}

Field around(double x, double y, double width_x, double width_y, const Vector3d& displacement) {
  return [=](const Vertex& v) -> Vector3d {
    if (v.region >= Region::eye_socket) return Vector3d::Zero();
    return displacement * bell(v.position.x() - x, width_x) * bell(v.position.y() - y, width_y) *
           ramp(v.position.z(), 0, 3);
  };
}

std::vector<std::pair<std::string, Field>> expression_fields() {
  std::vector<std::pair<std::string, Field>> fields;
  fields.emplace_back("jawOpen",
                      [](const Vertex& v) -> Vector3d { return Vector3d(0, -2.2, -0.6) * jaw_weight(v); });
  fields.emplace_back("jawLeft",
                      [](const Vertex& v) -> Vector3d { return Vector3d(0.8, 0, 0) * jaw_weight(v); });
  fields.emplace_back("jawRight",
                      [](const Vertex& v) -> Vector3d { return Vector3d(-0.8, 0, 0) * jaw_weight(v); });
  fields.emplace_back("mouthClose", [](const Vertex& v) -> Vector3d {
    return Vector3d(0, 2.2, 0.6) * jaw_weight(v) * bell(v.position.x(), 4) * ramp(v.position.y(), -6.2, -4.8);
  });
  fields.emplace_back("mouthPucker", [](const Vertex& v) -> Vector3d {
    const double lips = bell(v.position.x(), 3) * bell(v.position.y() + 4, 1.2) * ramp(v.position.z(), 0, 3);
    return Vector3d(-0.35 * v.position.x(), 0, 0.6) * lips;
  });
  for (const double side : {1.0, -1.0}) {
    const std::string suffix = side > 0 ? "_L" : "_R";
    const auto add = [&](const std::string& name, Field field) {
      fields.emplace_back(name + suffix, std::move(field));
    };
    const auto lids = [side](double upper, double lower) {
      return [=](const Vertex& v) -> Vector3d {
        if (v.ring != eye_ring || v.edge == Edge::none || side * v.position.x() < 0) return Vector3d::Zero();
        return {0, (v.edge == Edge::upper ? upper : lower) * lid_offset(v.column), 0};
      };
    };
    add("eyeBlink", lids(-1.8, 0.2));
    add("eyeWide", lids(0.5, -0.1));
    add("eyeSquint", lids(-0.3, 0.6));
    add("browDown", around(side * 3.0, 3.3, 2.2, 0.8, {0, -0.6, 0}));
    add("browInnerUp", around(side * 1.2, 3.4, 1.3, 0.9, {0, 0.8, 0}));
    add("browOuterUp", around(side * 4.6, 3.4, 1.5, 0.9, {0, 0.8, 0}));
    add("mouthSmile", around(side * 2.8, -4.0, 1.6, 1.3, {side * 0.7, 0.7, -0.3}));
    add("mouthFrown", around(side * 2.6, -4.0, 1.2, 1.0, {0, -0.7, 0}));
    add("mouthUpperUp", [side](const Vertex& v) -> Vector3d {
      if (v.edge == Edge::lower || v.position.z() < 4) return Vector3d::Zero();
      return Vector3d(0, 0.6, 0) * on_side(v, side) * bell(v.position.x(), 2.2) *
             bell(v.position.y() + 3.7, 0.8) * (v.ring <= mouth_ring ? 1.0 : 0.0);
    });
    add("mouthLowerDown", [side](const Vertex& v) -> Vector3d {
      return Vector3d(0, -0.6, 0) * on_side(v, side) * bell(v.position.x(), 2.2) *
             bell(v.position.y() + 4.3, 0.8) * jaw_weight(v);
    });
  }
  return fields;
}

void fill_mode(const std::vector<Vertex>& vertices, const Field& field, Eigen::Ref<Eigen::VectorXf> mode) {
  for (std::size_t i = 0; i < vertices.size(); ++i) {
    Vertex at = vertices[i];
    if (at.region == Region::eyeball_left) at.position = left_eyeball_centre;
    if (at.region == Region::eyeball_right)
      at.position = left_eyeball_centre.cwiseProduct(Vector3d(-1, 1, 1));
    mode.segment<3>(static_cast<Eigen::Index>(3 * i)) = field(at).cast<float>();
  }
}

Eigen::VectorXi landmarks68(const Builder& mesh) {
  std::vector<int> points;
  points.reserve(68);
  const std::array<std::pair<int, int>, 9> right_contour = {{{eye_ring, -13},
                                                             {10, -13},
                                                             {12, -13},
                                                             {14, -13},
                                                             {16, -12},
                                                             {17, -10},
                                                             {18, -8},
                                                             {chin_ring, -4},
                                                             {chin_ring, 0}}};
  for (const auto& [ring, column] : right_contour) points.push_back(mesh.skin(ring, column));
  for (int i = 7; i >= 0; --i) {
    const auto& [ring, column] = right_contour[static_cast<std::size_t>(i)];
    points.push_back(mesh.skin(ring, -column));
  }
  for (const int column : {-9, -8, -6, -4, -2, 2, 4, 6, 8, 9}) points.push_back(mesh.skin(brow_ring, column));
  for (const int ring : {8, 9, 10, nose_tip_ring}) points.push_back(mesh.skin(ring, 0));
  for (const int column : {-2, -1, 0, 1, 2}) points.push_back(mesh.skin(nose_base_ring, column));
  const auto add = [&](int ring, int column, Edge edge) { points.push_back(mesh.skin(ring, column, edge)); };
  for (const int column : {-8, -7, -4, -3}) add(eye_ring, column, Edge::upper);
  for (const int column : {-4, -7}) add(eye_ring, column, Edge::lower);
  for (const int column : {3, 4, 7, 8}) add(eye_ring, column, Edge::upper);
  for (const int column : {7, 4}) add(eye_ring, column, Edge::lower);
  add(mouth_ring, -mouth_corner, Edge::none);
  for (const int column : {-3, -1, 0, 1, 3}) add(upper_lip_ring, column, Edge::none);
  add(mouth_ring, mouth_corner, Edge::none);
  for (const int column : {3, 1, 0, -1, -3}) add(lower_lip_ring, column, Edge::none);
  for (const int column : {-4, -2, 0, 2, 4}) add(mouth_ring, column, Edge::upper);
  for (const int column : {2, 0, -2}) add(mouth_ring, column, Edge::lower);
  return Eigen::Map<const Eigen::VectorXi>(points.data(), static_cast<Eigen::Index>(points.size()));
}

/// Places face-mesh points at equal steps of vertex numbers along lines of the mesh.
class SurfacePointPlacer {
 public:
  SurfacePointPlacer(const Builder& mesh, SurfacePoints& points) : points_(points), placed_(468, false) {
    points_.triangle = Eigen::VectorXi::Zero(468);
    points_.barycentric = Eigen::Matrix3Xf::Zero(3, 468);
    const auto& triangles = mesh.triangles();
    for (std::size_t t = 0; t < triangles.size(); ++t) {
      for (int corner = 0; corner < 3; ++corner) {
        const int a = triangles[t][corner];
        const int b = triangles[t][(corner + 1) % 3];
        edges_[{a, b}] = {static_cast<int>(t), corner, (corner + 1) % 3};
        edges_[{b, a}] = {static_cast<int>(t), (corner + 1) % 3, corner};
      }
    }
    for (std::size_t t = 0; t < triangles.size(); ++t) {
      const bool face = std::all_of(triangles[t].begin(), triangles[t].end(), [&](int v) {
        return mesh.vertices()[static_cast<std::size_t>(v)].region == Region::face;
      });
      if (face) face_triangles_.push_back(static_cast<int>(t));
    }
  }

  /// The first and last of `indices` lie at the ends of `line`, the others at equal steps between.
  void place(const std::vector<int>& indices, const std::vector<int>& line) {
    for (std::size_t i = 0; i < indices.size(); ++i) {
      const double position = static_cast<double>(i) * static_cast<double>(line.size() - 1) /
                              static_cast<double>(indices.size() - 1);
      const std::size_t step = std::min(static_cast<std::size_t>(position), line.size() - 2);
      const float fraction = static_cast<float>(position - static_cast<double>(step));
      const auto& [triangle, from, to] = edges_.at({line[step], line[step + 1]});
      const int index = indices[i];
      points_.triangle[index] = triangle;
      points_.barycentric.col(index).setZero();
      points_.barycentric(from, index) = 1 - fraction;
      points_.barycentric(to, index) = fraction;
      placed_[static_cast<std::size_t>(index)] = true;
    }
  }

  /// Spreads the points not placed yet evenly over the triangles of the face.
  void place_rest() {
    const auto left = static_cast<std::size_t>(std::count(placed_.begin(), placed_.end(), false));
    std::size_t done = 0;
    for (int index = 0; index < 468; ++index) {
      if (placed_[static_cast<std::size_t>(index)]) continue;
      points_.triangle[index] = face_triangles_[done * face_triangles_.size() / left];
      points_.barycentric.col(index).setConstant(1.0F / 3.0F);
      ++done;
    }
  }

 private:
  SurfacePoints& points_;
  std::vector<bool> placed_;
  std::map<std::pair<int, int>, std::array<int, 3>> edges_;
  std::vector<int> face_triangles_;
};

SurfacePoints landmarks468(const Builder& mesh) {
  SurfacePoints points;
  SurfacePointPlacer placer(mesh, points);
  const auto ring_line = [&](int ring, int from, int to, Edge edge) {
    std::vector<int> line;
    const int step = from < to ? 1 : -1;
    for (int column = from; column != to + step; column += step)
      line.push_back(mesh.skin(ring, column, edge));
    return line;
  };
  const auto lip_line = [&](int ring) {
    std::vector<int> line = ring_line(ring, -mouth_corner, mouth_corner, Edge::none);
    line.insert(line.begin(), mesh.skin(mouth_ring, -mouth_corner));
    line.push_back(mesh.skin(mouth_ring, mouth_corner));
    return line;
  };
  // Right side first in every list; the order within a line is the face mesh's own.
  placer.place({33, 246, 161, 160, 159, 158, 157, 173, 133}, ring_line(eye_ring, -8, -3, Edge::upper));
  placer.place({33, 7, 163, 144, 145, 153, 154, 155, 133}, ring_line(eye_ring, -8, -3, Edge::lower));
  placer.place({263, 466, 388, 387, 386, 385, 384, 398, 362}, ring_line(eye_ring, 8, 3, Edge::upper));
  placer.place({263, 249, 390, 373, 374, 380, 381, 382, 362}, ring_line(eye_ring, 8, 3, Edge::lower));
  placer.place({61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291}, lip_line(upper_lip_ring));
  placer.place({61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291}, lip_line(lower_lip_ring));
  placer.place({78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308}, ring_line(mouth_ring, -4, 4, Edge::upper));
  placer.place({95, 88, 178, 87, 14, 317, 402, 318, 324}, ring_line(mouth_ring, -4, 4, Edge::lower));
  placer.place({70, 63, 105, 66, 107}, ring_line(brow_ring - 1, -9, -2, Edge::none));
  placer.place({46, 53, 52, 65, 55}, ring_line(brow_ring, -9, -2, Edge::none));
  placer.place({300, 293, 334, 296, 336}, ring_line(brow_ring - 1, 9, 2, Edge::none));
  placer.place({276, 283, 282, 295, 285}, ring_line(brow_ring, 9, 2, Edge::none));
  const auto oval_line = [&](int side) {
    std::vector<int> line = ring_line(4, 0, 12 * side, Edge::none);
    for (int ring = 5; ring <= 16; ++ring) line.push_back(mesh.skin(ring, 12 * side));
    line.push_back(mesh.skin(17, 12 * side));
    line.push_back(mesh.skin(18, 12 * side));
    for (int column = 12; column >= 0; --column) line.push_back(mesh.skin(chin_ring, column * side));
    return line;
  };
  placer.place({10, 109, 67, 103, 54, 21, 162, 127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152},
               oval_line(-1));
  placer.place({10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152},
               oval_line(1));
  std::vector<int> nose_line;
  for (int ring = eye_ring; ring <= nose_tip_ring; ++ring) nose_line.push_back(mesh.skin(ring, 0));
  placer.place({168, 6, 197, 195, 5, 4, 1}, nose_line);
  placer.place_rest();
  return points;
}

/// Pupil centre and four points of the iris edge, in model coordinates.
Eigen::Matrix<float, 3, 5> iris_points(const FaceModel& model, const Eigen::Matrix3Xf& vertices, Region eye,
                                       const Eigen::Vector2d& yaw_pitch) {
  constexpr double iris_angle = 0.5;
  const Vector3d centre = eyeball_centre(model, vertices, eye);
  const Eigen::Matrix3d turned = gaze_rotation(yaw_pitch);
  Eigen::Matrix<float, 3, 5> points;
  points.col(0) = (centre + eyeball_radius * turned.col(2)).cast<float>();
  for (int i = 0; i < 4; ++i) {
    const double azimuth = 0.5 * M_PI * i;
    const Vector3d direction(std::sin(iris_angle) * std::cos(azimuth),
                             std::sin(iris_angle) * std::sin(azimuth), std::cos(iris_angle));
    points.col(i + 1) = (centre + eyeball_radius * (turned * direction)).cast<float>();
  }
  return points;
}

}  // namespace

FaceModel make_synthetic_face() {
  const Builder mesh;
  const auto& vertices = mesh.vertices();
  const auto count = static_cast<Eigen::Index>(vertices.size());

  FaceModel model;
  model.name = "synthetic";
  model.mean.resize(3, count);
  model.head_weight.resize(count);
  for (Eigen::Index i = 0; i < count; ++i) {
    const Vertex& vertex = vertices[static_cast<std::size_t>(i)];
    model.mean.col(i) = vertex.position.cast<float>();
    model.region.push_back(vertex.region);
    model.head_weight[i] = static_cast<float>(ramp(vertex.position.y(), -12.5, -8.0));
  }
  model.triangles.resize(3, static_cast<Eigen::Index>(mesh.triangles().size()));
  for (Eigen::Index t = 0; t < model.triangles.cols(); ++t) {
    model.triangles.col(t) = mesh.triangles()[static_cast<std::size_t>(t)];
  }
  model.mirror = Eigen::Map<const Eigen::VectorXi>(mesh.mirror().data(), count);
  const Eigen::Vector3f low = model.mean.rowwise().minCoeff();
  const Eigen::Vector3f extent = model.mean.rowwise().maxCoeff() - low;
  model.neutral_coordinates = (model.mean.colwise() - low).array().colwise() / extent.array();
  for (float& value : model.neutral_coordinates.reshaped()) value = std::clamp(value, 0.0F, 1.0F);

  const std::vector<Field> identities = identity_fields();
  model.identity.resize(3 * count, static_cast<Eigen::Index>(identities.size()));
  for (std::size_t k = 0; k < identities.size(); ++k) {
    fill_mode(vertices, identities[k], model.identity.col(static_cast<Eigen::Index>(k)));
  }
  const auto expressions = expression_fields();
  model.expression.resize(3 * count, static_cast<Eigen::Index>(expressions.size()));
  for (std::size_t e = 0; e < expressions.size(); ++e) {
    model.expression_names.push_back(expressions[e].first);
    fill_mode(vertices, expressions[e].second, model.expression.col(static_cast<Eigen::Index>(e)));
  }
  model.landmarks68 = landmarks68(mesh);
  model.landmarks468 = landmarks468(mesh);
  model.validate();
  return model;
}

Landmarks observe(const FaceModel& model, LandmarkScheme scheme, const Eigen::VectorXd& identity,
                  const Eigen::VectorXd& expression, const Gaze& gaze, const Pose& pose) {
  const Eigen::Matrix3Xf vertices = shape_face(model, identity, expression, gaze);
  Landmarks landmarks;
  landmarks.scheme = scheme;
  landmarks.iris.resize(2, 0);
  if (scheme == LandmarkScheme::dlib68) {
    Eigen::Matrix3Xf positions(3, model.landmarks68.size());
    for (Eigen::Index i = 0; i < positions.cols(); ++i) positions.col(i) = vertices.col(model.landmarks68[i]);
    landmarks.points = project(pose, positions).topRows<2>().cast<double>();
    return landmarks;
  }
  landmarks.points =
      project(pose, surface_positions(model, model.landmarks468, vertices)).topRows<2>().cast<double>();
  Eigen::Matrix3Xf irises(3, 10);
  irises.leftCols<5>() = iris_points(model, vertices, Region::eyeball_right, gaze.right);
  irises.rightCols<5>() = iris_points(model, vertices, Region::eyeball_left, gaze.left);
  landmarks.iris = project(pose, irises).topRows<2>().cast<double>();
  return landmarks;
}

}  // namespace reenact::test
