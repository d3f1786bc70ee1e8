#include "media/frame_converter.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <array>
#include <cstring>
#include <new>
#include <tuple>
#include <type_traits>

#include "media/alpha.h"

namespace reenact {
namespace {

// swscale writes whole blocks of this many pixels where a row has room for them.
constexpr int block = 16;

constexpr int standard_definition_width = 1024;
constexpr int standard_definition_height = 576;

/// What a decoder left in a field, which is none of the enumeration's values where a file is damaged.
template <typename Enum>
int number_in(const Enum& field) {
  std::underlying_type_t<Enum> number{};
  std::memcpy(&number, &field, sizeof number);
  return static_cast<int>(number);
}

int matrix_of(const AVFrame& frame) {
  const int stated = number_in(frame.colorspace);
  if (stated >= 0 && stated < AVCOL_SPC_NB && stated != AVCOL_SPC_UNSPECIFIED) return stated;
  const bool is_high_definition =
      frame.width > standard_definition_width || frame.height > standard_definition_height;
  return is_high_definition ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
}

}  // namespace

bool FrameConverter::Format::operator==(const Format& other) const {
  const auto all = [](const Format& f) {
    return std::tie(f.width, f.height, f.pixels, f.matrix, f.transfer, f.is_full_range);
  };
  return all(*this) == all(other);
}

FrameConverter::FrameConverter(cv::Size stored_size, Orientation orientation, Alpha alpha)
    : stored_size_(stored_size), orientation_(orientation), alpha_(alpha) {}

FrameConverter::Format FrameConverter::format_of(const AVFrame& frame) {
  return {frame.width,
          frame.height,
          frame.format,
          matrix_of(frame),
          number_in(frame.color_trc),
          number_in(frame.color_range) == AVCOL_RANGE_JPEG};
}

void FrameConverter::adapt_to(const Format& format) {
  tone_mapping_.reset();
  if (format.transfer == AVCOL_TRC_ARIB_STD_B67) {
    tone_mapping_ = SrgbTransform::from_bt2100(SrgbTransform::HighDynamicRange::hlg);
  } else if (format.transfer == AVCOL_TRC_SMPTE2084) {
    tone_mapping_ = SrgbTransform::from_bt2100(SrgbTransform::HighDynamicRange::pq);
  }
  const auto pixels = static_cast<AVPixelFormat>(format.pixels);
  has_alpha_ = !tone_mapping_ && (av_pix_fmt_desc_get(pixels)->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
  const AVPixelFormat unpacked = tone_mapping_ ? AV_PIX_FMT_BGR48
                                 : has_alpha_  ? AV_PIX_FMT_BGRA
                                               : AV_PIX_FMT_BGR24;
  scaler_.reset(sws_getContext(format.width, format.height, pixels, stored_size_.width, stored_size_.height,
                               unpacked, SWS_BICUBIC, nullptr, nullptr, nullptr));
  if (!scaler_) throw std::bad_alloc();
  const int* coefficients = sws_getCoefficients(format.matrix);
  constexpr int one = 1 << 16;
  sws_setColorspaceDetails(scaler_.get(), coefficients, format.is_full_range ? 1 : 0, coefficients, 1, 0, one,
                           one);
  format_ = format;
}

cv::Mat FrameConverter::convert(const AVFrame& frame) {
  const Format format = format_of(frame);
  if (!scaler_ || !(format == format_)) adapt_to(format);
  const int type = tone_mapping_ ? CV_16UC3 : has_alpha_ ? CV_8UC4 : CV_8UC3;
  const bool is_final = type == CV_8UC3;
  const bool fits = stored_size_.width % block == 0;
  cv::Mat image;
  if (is_final && fits) {
    image.create(stored_size_, type);
  } else {
    unpacked_.create(stored_size_.height, (stored_size_.width + block - 1) / block * block, type);
    image = unpacked_.colRange(0, stored_size_.width);
  }
  const std::array<std::uint8_t*, 1> rows = {image.data};
  const std::array<int, 1> stride = {static_cast<int>(image.step[0])};
  sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, rows.data(), stride.data());
  if (tone_mapping_) {
    image = tone_mapping_->apply(image);
  } else if (has_alpha_ && alpha_ == Alpha::on_white) {
    image = blend_on_white(image);
  } else if (!is_final || !fits) {
    image = image.clone();
  }
  make_upright(image, orientation_);
  return image;
}

std::string unreadable_colours(const AVFrame& frame) {
  const auto pixels = static_cast<AVPixelFormat>(frame.format);
  if (sws_isSupportedInput(pixels) == 0) {
    const char* name = av_get_pix_fmt_name(pixels);
    return std::string("pixels of the kind ") + (name != nullptr ? name : "unknown");
  }
  const int matrix = number_in(frame.colorspace);
  if (matrix == AVCOL_SPC_YCGCO || matrix == AVCOL_SPC_ICTCP) {
    return std::string("colours in ") + av_color_space_name(static_cast<AVColorSpace>(matrix));
  }
  return "";
}

}  // namespace reenact
