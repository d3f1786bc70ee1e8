#include "animate/mesh_file.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <sstream>

#include "reenact/files/media_files.h"

namespace reenact {
namespace {

/// Every line of a text behind a prefix.
std::string prefixed(const std::string& text, const std::string& prefix) {
  std::istringstream lines(text);
  std::string line;
  std::string result;
  while (std::getline(lines, line)) result += prefix + line + '\n';
  return result;
}

std::string obj_text(const Eigen::Matrix3Xf& vertices, const Eigen::Matrix3Xi& triangles,
                     const std::string& comment) {
  std::string text = prefixed(comment, "# ");
  std::array<char, 96> line{};
  for (const auto& v : vertices.colwise()) {
    std::snprintf(line.data(), line.size(), "v %.5f %.5f %.5f\n", static_cast<double>(v.x()),
                  static_cast<double>(v.y()), static_cast<double>(v.z()));
    text += line.data();
  }
  for (const auto& t : triangles.colwise()) {
    std::snprintf(line.data(), line.size(), "f %d %d %d\n", t.x() + 1, t.y() + 1, t.z() + 1);
    text += line.data();
  }
  return text;
}

/// Appends a value as the machine holds it; all machines that this is built for are little-endian.
template <typename Value>
void append(Value value, std::string& bytes) {
  std::array<char, sizeof(Value)> raw{};
  std::memcpy(raw.data(), &value, sizeof(Value));
  bytes.append(raw.data(), raw.size());
}

std::string ply_bytes(const Eigen::Matrix3Xf& vertices, const Eigen::Matrix3Xi& triangles,
                      const std::string& comment) {
  std::string bytes = "ply\nformat binary_little_endian 1.0\n" + prefixed(comment, "comment ") +
                      "element vertex " + std::to_string(vertices.cols()) +
                      "\nproperty float x\nproperty float y\nproperty float z\nelement face " +
                      std::to_string(triangles.cols()) +
                      "\nproperty list uchar int vertex_indices\nend_header\n";
  for (const auto& v : vertices.colwise()) {
    for (int i = 0; i < 3; ++i) append(v[i], bytes);
  }
  for (const auto& t : triangles.colwise()) {
    append<std::uint8_t>(3, bytes);
    for (int i = 0; i < 3; ++i) append<std::int32_t>(t[i], bytes);
  }
  return bytes;
}

}  // namespace

std::string mesh_bytes(const std::filesystem::path& name, const Eigen::Matrix3Xf& vertices,
                       const Eigen::Matrix3Xi& triangles, const std::string& comment) {
  return ending_of(name) == ".ply" ? ply_bytes(vertices, triangles, comment)
                                   : obj_text(vertices, triangles, comment);
}

}  // namespace reenact
