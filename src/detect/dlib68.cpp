#include "reenact/detect/dlib68.h"

#include <dlib/image_processing/shape_predictor.h>
#include <dlib/opencv.h>

#include <cmath>
#include <fstream>
#include <opencv2/imgproc.hpp>
#include <utility>
#include <vector>

#include "reenact/core/error.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;

using Shape = dlib::matrix<float, 0, 1>;
using Point = dlib::vector<float, 2>;
using Forest = std::vector<dlib::impl::regression_tree>;

constexpr int supported_version = 1;
constexpr long point_count = 68;
constexpr std::size_t max_list_size = 100'000;  ///< of any list in the file; dlib's own file has 500 trees
constexpr float max_coordinate = 100;  ///< in widths of the face's box; dlib casts positions to whole numbers
constexpr float min_extent = 0.01F;    ///< of the initial shape, which every other is compared with

void require(bool condition) {
  if (!condition) throw dlib::serialization_error("inconsistent shape predictor");
}

/// Reads a list in dlib's format without believing an absurd size.
template <typename T, typename ReadElement>
std::vector<T> read_list(std::istream& in, ReadElement read_element) {
  unsigned long size = 0;
  dlib::deserialize(size, in);
  require(size <= max_list_size);
  std::vector<T> list;
  for (unsigned long i = 0; i < size; ++i) list.push_back(read_element(in));
  return list;
}

template <typename T>
T read_value(std::istream& in) {
  using dlib::deserialize;
  T value;
  deserialize(value, in);
  return value;
}

/// The coordinates of all points, whose number is looked at before memory is taken for them.
Shape read_shape(std::istream& in) {
  const long rows = std::abs(read_value<int>(in));  // negative in dlib's newer format
  const long columns = std::abs(read_value<int>(in));
  require(rows == 2 * point_count && columns == 1);
  Shape shape(rows);
  for (float& value : shape) {
    dlib::deserialize(value, in);
    require(std::abs(value) <= max_coordinate);
  }
  return shape;
}

/// A tree with all levels full, of which every leaf moves every point.
dlib::impl::regression_tree read_tree(std::istream& in) {
  dlib::impl::regression_tree tree;
  tree.splits = read_list<dlib::impl::split_feature>(in, read_value<dlib::impl::split_feature>);
  tree.leaf_values = read_list<Shape>(in, read_shape);
  const std::size_t leaves = tree.leaf_values.size();
  require(leaves == tree.splits.size() + 1 && (leaves & (leaves - 1)) == 0);
  return tree;
}

Forest read_forest(std::istream& in) { return read_list<dlib::impl::regression_tree>(in, read_tree); }

std::vector<unsigned long> read_indices(std::istream& in) {
  return read_list<unsigned long>(in, read_value<unsigned long>);
}

std::vector<Point> read_points(std::istream& in) { return read_list<Point>(in, read_value<Point>); }

/// The parts of a shape predictor file in their order. dlib keeps the positions of the pixels it compares
/// as offsets from points of the initial shape; its constructor wants the positions.
dlib::shape_predictor read_predictor(std::istream& in) {
  require(read_value<int>(in) == supported_version);
  const Shape initial_shape = read_shape(in);
  require(dlib::max(initial_shape) - dlib::min(initial_shape) >= min_extent);
  const auto forests = read_list<Forest>(in, read_forest);
  const auto anchors = read_list<std::vector<unsigned long>>(in, read_indices);
  auto pixels = read_list<std::vector<Point>>(in, read_points);
  require(forests.size() == anchors.size() && forests.size() == pixels.size());
  for (std::size_t level = 0; level < forests.size(); ++level) {
    require(anchors[level].size() == pixels[level].size());
    for (std::size_t i = 0; i < pixels[level].size(); ++i) {
      require(anchors[level][i] < static_cast<unsigned long>(point_count));
      require(std::abs(pixels[level][i].x()) <= max_coordinate &&
              std::abs(pixels[level][i].y()) <= max_coordinate);
      pixels[level][i] += dlib::impl::location(initial_shape, anchors[level][i]);
    }
    for (const auto& tree : forests[level]) {
      for (const auto& split : tree.splits) {
        require(split.idx1 < pixels[level].size() && split.idx2 < pixels[level].size());
      }
    }
  }
  return {initial_shape, forests, pixels};
}

dlib::shape_predictor load_predictor(const fs::path& path) {
  std::error_code ignored;
  std::ifstream file;
  if (fs::is_regular_file(path, ignored)) file.open(path, std::ios::binary);
  if (!file.is_open()) {
    throw ModelError(path.string() +
                     " cannot be read; it is dlib's 68-point shape predictor (package libdlib-data)");
  }
  try {
    return read_predictor(file);
  } catch (const std::exception&) {
    throw ModelError(path.string() + " is damaged or is not a shape predictor of 68 points");
  }
}

}  // namespace

struct Dlib68Predictor::Impl {
  dlib::shape_predictor predictor;
};

Dlib68Predictor::Dlib68Predictor(const fs::path& shape_predictor_file)
    : impl_(std::make_unique<Impl>(Impl{load_predictor(shape_predictor_file)})) {}
Dlib68Predictor::~Dlib68Predictor() = default;
Dlib68Predictor::Dlib68Predictor(Dlib68Predictor&&) noexcept = default;
Dlib68Predictor& Dlib68Predictor::operator=(Dlib68Predictor&&) noexcept = default;

Landmarks Dlib68Predictor::locate(const cv::Mat& image_bgr, const cv::Rect2d& face_box) const {
  cv::Mat grey;
  cv::cvtColor(image_bgr, grey, cv::COLOR_BGR2GRAY);
  const dlib::rectangle box(std::lround(face_box.x), std::lround(face_box.y),
                            std::lround(face_box.x + face_box.width) - 1,
                            std::lround(face_box.y + face_box.height) - 1);
  const dlib::full_object_detection shape = impl_->predictor(dlib::cv_image<unsigned char>(grey), box);
  Landmarks landmarks;
  landmarks.scheme = LandmarkScheme::dlib68;
  landmarks.points.resize(2, point_count);
  landmarks.iris.resize(2, 0);
  for (long i = 0; i < point_count; ++i) {
    const dlib::point& point = shape.part(static_cast<unsigned long>(i));
    landmarks.points.col(i) = Eigen::Vector2d(static_cast<double>(point.x()), static_cast<double>(point.y()));
  }
  return landmarks;
}

}  // namespace reenact
