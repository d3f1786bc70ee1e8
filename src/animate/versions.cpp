#include "reenact/animate/versions.h"

#include <dlib/revision.h>

#include <Eigen/Core>
#include <opencv2/core/version.hpp>

#include "reenact/infer/device.h"

namespace reenact {
namespace {

std::string dotted(int major, int minor, int patch) {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

}  // namespace

std::vector<Version> versions() {
  return {{"reenact", REENACT_VERSION},
          {"LibTorch", torch_version()},
          {"BLAS", blas_name()},
          {"OpenCV", CV_VERSION},
          {"dlib", dotted(DLIB_MAJOR_VERSION, DLIB_MINOR_VERSION, DLIB_PATCH_VERSION)},
          {"Eigen", dotted(EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION)}};
}

std::string tool_and_version() { return std::string("reenact ") + REENACT_VERSION; }

}  // namespace reenact
