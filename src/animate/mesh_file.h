#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <string>

namespace reenact {

/// The bytes of a mesh file, Wavefront OBJ (text) or PLY (binary, little-endian), as the name's ending says.
/// `vertices` are 3×V, `triangles` 3×T indices of them, `comment` lines of text.
std::string mesh_bytes(const std::filesystem::path& name, const Eigen::Matrix3Xf& vertices,
                       const Eigen::Matrix3Xi& triangles, const std::string& comment);

}  // namespace reenact
