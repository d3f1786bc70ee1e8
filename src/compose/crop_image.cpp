#include "reenact/compose/crop_image.h"

#include <algorithm>
#include <cmath>

#include "reenact/core/error.h"

namespace reenact {
namespace {

void require_colour(const cv::Mat& image) {
  if (image.empty() || image.type() != CV_8UC3) {
    throw InputError("a picture to crop must be 8-bit colour and not empty; convert it first");
  }
}

/// Weighted input samples of one output sample; `first` may lie outside the image.
struct Filter {
  int first = 0;
  std::vector<float> weights;  ///< sum to 1
};

std::vector<Filter> tent_filters(double start, double side, int size) {
  const double step = side / size;
  const double reach = std::max(step, 1.0);
  std::vector<Filter> filters(static_cast<std::size_t>(size));
  for (int i = 0; i < size; ++i) {
    const double centre = start + (i + 0.5) * step;
    Filter& filter = filters[static_cast<std::size_t>(i)];
    filter.first = static_cast<int>(std::floor(centre - reach)) + 1;
    double sum = 0;
    for (int k = filter.first; k < centre + reach; ++k) sum += 1.0 - std::abs(k - centre) / reach;
    for (int k = filter.first; k < centre + reach; ++k) {
      filter.weights.push_back(static_cast<float>((1.0 - std::abs(k - centre) / reach) / sum));
    }
  }
  return filters;
}

}  // namespace

cv::Mat extract_crop(const cv::Mat& image, const CropSquare& crop, int size) {
  require_colour(image);
  const double largest = 1e6;
  if (!(std::abs(crop.left) < largest && std::abs(crop.top) < largest && crop.side > 0 &&
        crop.side < largest) ||
      size < 1) {
    throw InputError("a crop must have a positive size and lie near its picture; choose another crop");
  }
  const std::vector<Filter> columns = tent_filters(crop.left, crop.side, size);
  const std::vector<Filter> rows = tent_filters(crop.top, crop.side, size);

  const int first_row = std::clamp(rows.front().first, 0, image.rows - 1);
  const int end_row =
      std::clamp(rows.back().first + static_cast<int>(rows.back().weights.size()), first_row + 1, image.rows);
  cv::Mat narrow(end_row - first_row, size, CV_32FC3);
  for (int y = first_row; y < end_row; ++y) {
    const auto* from = image.ptr<cv::Vec3b>(y);
    auto* to = narrow.ptr<cv::Vec3f>(y - first_row);
    for (int x = 0; x < size; ++x) {
      const Filter& filter = columns[static_cast<std::size_t>(x)];
      cv::Vec3f sum(0, 0, 0);
      for (std::size_t k = 0; k < filter.weights.size(); ++k) {
        const int column = std::clamp(filter.first + static_cast<int>(k), 0, image.cols - 1);
        sum += filter.weights[k] * cv::Vec3f(from[column]);
      }
      to[x] = sum;
    }
  }

  cv::Mat result(size, size, CV_8UC3);
  std::vector<cv::Vec3f> sums(static_cast<std::size_t>(size));
  for (int y = 0; y < size; ++y) {
    const Filter& filter = rows[static_cast<std::size_t>(y)];
    std::fill(sums.begin(), sums.end(), cv::Vec3f(0, 0, 0));
    for (std::size_t k = 0; k < filter.weights.size(); ++k) {
      const int row = std::clamp(filter.first + static_cast<int>(k), first_row, end_row - 1);
      const auto* from = narrow.ptr<cv::Vec3f>(row - first_row);
      for (int x = 0; x < size; ++x) sums[static_cast<std::size_t>(x)] += filter.weights[k] * from[x];
    }
    std::transform(sums.begin(), sums.end(), result.ptr<cv::Vec3b>(y), [](const cv::Vec3f& sum) {
      return cv::Vec3b(cv::saturate_cast<std::uint8_t>(sum[0]), cv::saturate_cast<std::uint8_t>(sum[1]),
                       cv::saturate_cast<std::uint8_t>(sum[2]));
    });
  }
  return result;
}

std::vector<float> rgb_planes(const cv::Mat& image_bgr) {
  require_colour(image_bgr);
  const std::size_t pixels = image_bgr.total();
  std::vector<float> planes(3 * pixels);
  std::size_t pixel = 0;
  for (int y = 0; y < image_bgr.rows; ++y) {
    const auto* row = image_bgr.ptr<cv::Vec3b>(y);
    for (int x = 0; x < image_bgr.cols; ++x, ++pixel) {
      for (std::size_t channel = 0; channel < 3; ++channel) {
        planes[channel * pixels + pixel] = static_cast<float>(row[x][2 - static_cast<int>(channel)]) / 255.0F;
      }
    }
  }
  return planes;
}

}  // namespace reenact
