#pragma once

#include <memory>
#include <opencv2/core.hpp>
#include <optional>
#include <string>

namespace reenact {

/// Converts pictures to sRGB (LittleCMS). Safe to use from several threads.
class SrgbTransform {
 public:
  /// How the pixels of a photo are stored; `cmyk` is inverted, as Adobe's programs write it.
  enum class Pixels { bgr_8, grey_8, cmyk_8 };

  /// From the ICC profile of a photo with pixels of that kind. Nothing when the profile is damaged or is for
  /// other pixels: viewers then show the pixels as they are.
  static std::optional<SrgbTransform> from_icc(const std::string& profile, Pixels pixels);

  enum class HighDynamicRange { hlg, pq };

  /// From 16-bit BGR of high dynamic range (BT.2100): reference white of 203 cd/m² (BT.2408) becomes nearly
  /// white, and what is brighter is compressed into the rest, channel by channel.
  static SrgbTransform from_bt2100(HighDynamicRange transfer);

  /// 8-bit BGR of a picture of the kind that the transform was made for.
  cv::Mat apply(const cv::Mat& picture) const;

 private:
  explicit SrgbTransform(void* transform);
  struct Deleter {
    void operator()(void* transform) const;
  };
  std::unique_ptr<void, Deleter> transform_;
};

}  // namespace reenact
