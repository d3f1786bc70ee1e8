#include "eyes/sclera.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "eyes/sampling.h"
#include "eyes/statistics.h"

namespace reenact {
namespace {

constexpr std::size_t least_white_pixels = 12;
constexpr float prior_weight = 0.03F;  ///< of the fitted field in the push-pull
constexpr int robust_rounds = 4;
constexpr float shade_levels =
    8.0F;  ///< residual below the field at which a pixel counts half: it is in shade

/// A pixel that surely shows white.
bool is_white(const EyePixel& pixel, const Eyeball& ball, float width) {
  return pixel.inside && pixel.iris.radius > 1.1F + ball.limbus && pixel.to_upper > 0.06F * width &&
         pixel.to_lower > 0.03F * width && pixel.a > 0.06F && pixel.a < 0.94F;
}

/// How far a pixel shows white, from 0 to 1.
float whiteness(const EyePixel& pixel, const Eyeball& ball, float width) {
  if (!pixel.inside) return 0.0F;
  return smoothstep((pixel.iris.radius - 1.02F - ball.limbus) / (1.2F * ball.limbus)) *
         smoothstep((pixel.to_upper / width - 0.035F) / 0.05F) * smoothstep(pixel.to_lower / width / 0.03F);
}

/// What white can be guessed from the skin around the eye.
Colour white_from_skin(const EyeRegion& region, const cv::Mat& picture) {
  std::array<std::vector<float>, 3> levels;
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      const EyePixel& pixel = region.at(y, x);
      if (pixel.inside || std::abs(pixel.a - 0.5F) >= 0.6F || std::abs(pixel.h) >= 0.5F * region.width)
        continue;
      for (int c = 0; c < 3; ++c) levels[static_cast<std::size_t>(c)].push_back(picture.at<Colour>(y, x)[c]);
    }
  }
  Colour skin;
  for (int c = 0; c < 3; ++c) skin[c] = quantile(levels[static_cast<std::size_t>(c)], 0.5F);
  const float grey = (skin[0] + skin[1] + skin[2]) / 3;
  return 1.05F * clamped(0.6F * Colour::all(grey) + 0.4F * skin, 25.0F, 235.0F);
}

std::vector<Colour> white_pixels(const EyeRegion& region, const Eyeball& ball, const cv::Mat& picture) {
  std::vector<Colour> pixels;
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      if (is_white(region.at(y, x), ball, region.width)) pixels.push_back(picture.at<Colour>(y, x));
    }
  }
  return pixels;
}

/// A smooth colour field over the eye, quadratic along its axis and linear across, that follows the lit part
/// of the white rather than what lies in the lid's shade.
class WhiteField {
 public:
  WhiteField(const EyeRegion& region, const Eyeball& ball, const cv::Mat& picture, const Colour& top)
      : width_(region.width) {
    coefficients_.setZero();
    for (int c = 0; c < 3; ++c) coefficients_(0, c) = top[c];
    std::vector<Eigen::RowVector4f> rows;
    std::vector<Eigen::RowVector3f> seen;
    for (int y = 0; y < picture.rows; ++y) {
      for (int x = 0; x < picture.cols; ++x) {
        const EyePixel& pixel = region.at(y, x);
        if (!is_white(pixel, ball, region.width)) continue;
        const Colour& colour = picture.at<Colour>(y, x);
        rows.push_back(terms(pixel.a, pixel.h));
        seen.emplace_back(colour[0], colour[1], colour[2]);
      }
    }
    low_ = 0.8F * top;
    high_ = 1.05F * top;
    if (rows.size() < least_white_pixels) return;
    fit(rows, seen);
    for (int c = 0; c < 3; ++c) {
      std::vector<float> levels;
      for (const Eigen::RowVector3f& colour : seen) levels.push_back(colour[c]);
      low_[c] = std::min(quantile(levels, 0.3F), 0.85F * top[c]);
      high_[c] = quantile(levels, 0.97F);
    }
  }

  Colour operator()(const EyePixel& pixel) const {
    const Eigen::RowVector3f value = terms(pixel.a, pixel.h) * coefficients_;
    Colour colour;
    for (int c = 0; c < 3; ++c) colour[c] = clamped(value[c], low_[c], std::max(low_[c], high_[c]));
    return colour;
  }

 private:
  Eigen::RowVector4f terms(float a, float h) const {
    const float along = 2 * a - 1;
    return {1.0F, along, along * along, h / width_};
  }

  /// Ridge regression towards the constant field, reweighted.
  void fit(const std::vector<Eigen::RowVector4f>& rows, const std::vector<Eigen::RowVector3f>& seen) {
    const Eigen::Matrix<float, 4, 3> prior = coefficients_;
    const Eigen::Matrix4f ridge = static_cast<float>(rows.size()) *
                                  Eigen::Vector4f(0.05F, 0.15F, 0.3F, 0.5F).asDiagonal().toDenseMatrix();
    std::vector<float> weights(rows.size(), 1.0F);
    for (int round = 0; round < robust_rounds; ++round) {
      Eigen::Matrix4f normal = ridge;
      Eigen::Matrix<float, 4, 3> right = ridge * prior;
      for (std::size_t i = 0; i < rows.size(); ++i) {
        normal += weights[i] * rows[i].transpose() * rows[i];
        right += weights[i] * rows[i].transpose() * seen[i];
      }
      coefficients_ = normal.ldlt().solve(right);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const float residual = (seen[i] - rows[i] * coefficients_).mean();
        weights[i] =
            residual > 0 ? 1.0F : 1.0F / (1.0F + (residual / shade_levels) * (residual / shade_levels));
      }
    }
  }

  float width_;
  Eigen::Matrix<float, 4, 3> coefficients_;
  Colour low_;
  Colour high_;
};

/// Fills where `weight` (CV_32F in [0, 1]) is below 1 from coarser levels; `weighted` is colour · weight.
cv::Mat push_pull(const cv::Mat& weighted, const cv::Mat& weight) {
  cv::Mat filled(weighted.size(), CV_32FC3);
  cv::Mat coarse;
  if (std::min(weight.rows, weight.cols) > 2) {
    const cv::Size half((weight.cols + 1) / 2, (weight.rows + 1) / 2);
    cv::Mat smaller_weighted;
    cv::Mat smaller_weight;
    cv::resize(weighted, smaller_weighted, half, 0, 0, cv::INTER_AREA);
    cv::resize(weight, smaller_weight, half, 0, 0, cv::INTER_AREA);
    cv::resize(push_pull(smaller_weighted, smaller_weight), coarse, weight.size(), 0, 0, cv::INTER_LINEAR);
  }
  for (int y = 0; y < filled.rows; ++y) {
    for (int x = 0; x < filled.cols; ++x) {
      const float known = weight.at<float>(y, x);
      const Colour here = weighted.at<Colour>(y, x) / std::max(known, 1e-6F);
      const Colour there = coarse.empty() ? here : coarse.at<Colour>(y, x);
      filled.at<Colour>(y, x) = mixed(there, here, std::min(known, 1.0F));
    }
  }
  return filled;
}

}  // namespace

cv::Vec3f white_of(const EyeRegion& region, const Eyeball& ball, const cv::Mat& picture) {
  const std::vector<Colour> pixels = white_pixels(region, ball, picture);
  if (pixels.size() < least_white_pixels) return white_from_skin(region, picture);
  std::vector<float> brightness;
  for (const Colour& pixel : pixels) brightness.push_back(pixel[0] + pixel[1] + pixel[2]);
  const float threshold = quantile(brightness, 0.7F);
  Colour sum = Colour::all(0);
  float count = 0;
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    if (brightness[i] < threshold) continue;
    sum += pixels[i];
    ++count;
  }
  return sum / count;
}

cv::Mat sclera_plate(const EyeRegion& region, const Eyeball& ball, const cv::Mat& picture) {
  const WhiteField field(region, ball, picture, white_of(region, ball, picture));
  cv::Mat weighted(picture.size(), CV_32FC3);
  cv::Mat weight(picture.size(), CV_32F);
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      const EyePixel& pixel = region.at(y, x);
      const float white = whiteness(pixel, ball, region.width);
      weighted.at<Colour>(y, x) = white * picture.at<Colour>(y, x) + prior_weight * field(pixel);
      weight.at<float>(y, x) = white + prior_weight;
    }
  }
  cv::Mat plate = push_pull(weighted, weight);
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      Colour& here = plate.at<Colour>(y, x);
      here = mixed(here, picture.at<Colour>(y, x), whiteness(region.at(y, x), ball, region.width));
    }
  }
  return plate;
}

}  // namespace reenact
