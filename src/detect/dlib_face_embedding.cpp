#include "reenact/detect/dlib_face_embedding.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>

#include "detect/dlib_recognition_network.h"
#include "reenact/core/error.h"

namespace reenact {

namespace fs = std::filesystem;

namespace {

constexpr long side = 150;
constexpr long embedding_size = 128;
/// dlib's file has 22 MB.
constexpr std::uintmax_t max_file_size = 64 << 20;

using Picture = dlib::matrix<dlib::rgb_pixel>;

Picture picture_from(const std::vector<float>& rgb) {
  constexpr std::size_t plane = side * side;
  if (rgb.size() != 3 * plane) {
    throw InputError("an aligned face has " + std::to_string(3 * plane) + " values; " +
                     std::to_string(rgb.size()) + " were given");
  }
  const auto byte = [&](std::size_t index) {
    return static_cast<unsigned char>(std::lround(255 * std::min(1.0F, std::max(0.0F, rgb[index]))));
  };
  Picture picture(side, side);
  for (std::size_t i = 0; i < plane; ++i) {
    picture(static_cast<long>(i)) = {byte(i), byte(plane + i), byte(2 * plane + i)};
  }
  return picture;
}

}  // namespace

struct DlibFaceEmbedding::Impl {
  explicit Impl(const fs::path& path) : file(path) {
    std::error_code error;
    if (!fs::is_regular_file(file, error)) fail("is missing");
    if (fs::file_size(file, error) > max_file_size) fail("is too large for dlib's face recognition network");
    try {
      dlib::deserialize(file.string()) >> network;
    } catch (const std::exception& exception) {
      fail(std::string("is not dlib's face recognition network: ") + exception.what());
    }
    Picture grey(side, side);
    grey = dlib::rgb_pixel(128, 128, 128);
    embed(grey);
  }

  [[noreturn]] void fail(const std::string& problem) const {
    throw ModelError(file.string() + " " + problem);
  }

  Eigen::VectorXf embed(const Picture& picture) {
    dlib::matrix<float, 0, 1> embedding;
    try {
      embedding = network(picture);
    } catch (const std::exception& exception) {
      fail(std::string("cannot be run: ") + exception.what());
    }
    if (embedding.size() != embedding_size) {
      fail("returns " + std::to_string(embedding.size()) + " values where 128 are needed");
    }
    Eigen::VectorXf values = Eigen::Map<const Eigen::VectorXf>(embedding.begin(), embedding_size);
    if (!values.allFinite()) fail("returns values that are not finite");
    return values;
  }

  fs::path file;
  dlib_recognition::Network network;
};

DlibFaceEmbedding::DlibFaceEmbedding(const fs::path& file) : impl_(std::make_unique<Impl>(file)) {}
DlibFaceEmbedding::~DlibFaceEmbedding() = default;
DlibFaceEmbedding::DlibFaceEmbedding(DlibFaceEmbedding&&) noexcept = default;
DlibFaceEmbedding& DlibFaceEmbedding::operator=(DlibFaceEmbedding&&) noexcept = default;

Eigen::VectorXf DlibFaceEmbedding::embed(const std::vector<float>& rgb) {
  return impl_->embed(picture_from(rgb));
}

}  // namespace reenact
