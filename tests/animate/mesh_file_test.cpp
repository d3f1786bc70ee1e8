#include "animate/mesh_file.h"

#include <gtest/gtest.h>

#include <cstring>

namespace reenact {
namespace {

const Eigen::Matrix3Xf vertices =
    (Eigen::Matrix3Xf(3, 4) << 0, 1, 0, 0.25, 0, 0, 1, -2, 0, 0, 0, 3).finished();
const Eigen::Matrix3Xi triangles = (Eigen::Matrix3Xi(3, 2) << 0, 1, 1, 2, 2, 3).finished();

TEST(MeshFile, ObjCountsFromOne) {
  EXPECT_EQ(mesh_bytes("a.obj", vertices, triangles, "one\ntwo"),
            "# one\n# two\nv 0.00000 0.00000 0.00000\nv 1.00000 0.00000 0.00000\nv 0.00000 1.00000 0.00000\n"
            "v 0.25000 -2.00000 3.00000\nf 1 2 3\nf 2 3 4\n");
}

TEST(MeshFile, PlyHoldsTheSameInBinary) {
  const std::string bytes = mesh_bytes("a.PLY", vertices, triangles, "one");
  const std::size_t start = bytes.find("end_header\n") + 11;
  EXPECT_EQ(bytes.rfind("ply\nformat binary_little_endian 1.0\ncomment one\nelement vertex 4\n", 0), 0U);
  ASSERT_EQ(bytes.size(), start + 4 * 12 + 2 * 13);
  float z = 0;
  std::memcpy(&z, bytes.data() + start + 3 * 12 + 8, 4);
  EXPECT_EQ(z, 3.0F);
  std::int32_t corner = 0;
  EXPECT_EQ(bytes[start + 48], 3);
  std::memcpy(&corner, bytes.data() + start + 48 + 13 + 9, 4);
  EXPECT_EQ(corner, 3);
}

}  // namespace
}  // namespace reenact
