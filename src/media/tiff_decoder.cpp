#include "media/tiff_decoder.h"

#include <tiffio.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <opencv2/imgproc.hpp>
#include <sstream>
#include <tiffio.hxx>
#include <vector>

namespace reenact {
namespace {

constexpr int inks = 4;
constexpr std::uint32_t most_samples = 8;  ///< of a pixel
constexpr std::uint64_t most_bytes_at_once = 1'000'000'000;

struct TiffCloser {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};

std::uint32_t number(TIFF* tiff, std::uint32_t tag) {
  std::uint16_t value = 0;
  TIFFGetFieldDefaulted(tiff, tag, &value);
  return value;
}

bool is_logarithmic(std::uint32_t photometric) {
  return photometric == PHOTOMETRIC_LOGLUV || photometric == PHOTOMETRIC_LOGL;
}

cv::Size size_of(TIFF* tiff) {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
  return {static_cast<int>(width), static_cast<int>(height)};
}

/// Whether what libtiff unpacks at once is of a size that pictures have.
bool is_bounded(TIFF* tiff) {
  return number(tiff, TIFFTAG_SAMPLESPERPIXEL) <= most_samples &&
         (TIFFIsTiled(tiff) != 0 ? TIFFTileSize64(tiff) : TIFFStripSize64(tiff)) <= most_bytes_at_once;
}

/// Gives `take` every row as it is stored, its samples in the order of this machine. False when the rows are
/// not to be had.
bool for_each_row(TIFF* tiff, const std::function<void(int, const std::uint8_t*)>& take) {
  const cv::Size size = size_of(tiff);
  const std::uint32_t samples = number(tiff, TIFFTAG_SAMPLESPERPIXEL);
  const std::size_t row_bytes =
      static_cast<std::size_t>(size.width) * samples * number(tiff, TIFFTAG_BITSPERSAMPLE) / 8;
  const bool is_plain = TIFFIsTiled(tiff) == 0 && number(tiff, TIFFTAG_PLANARCONFIG) == PLANARCONFIG_CONTIG;
  if (!is_plain || static_cast<std::size_t>(TIFFScanlineSize(tiff)) != row_bytes) return false;
  std::vector<std::uint8_t> row(row_bytes);
  for (int y = 0; y < size.height; ++y) {
    if (TIFFReadScanline(tiff, row.data(), static_cast<std::uint32_t>(y)) < 0) return false;
    take(y, row.data());
  }
  return true;
}

/// libtiff's own conversion gives RGB without regard to the profile.
cv::Mat read_inks(TIFF* tiff) {
  const std::uint32_t bits = number(tiff, TIFFTAG_BITSPERSAMPLE);
  const std::size_t samples = number(tiff, TIFFTAG_SAMPLESPERPIXEL);
  if ((bits != 8 && bits != 16) || samples < inks) return {};
  cv::Mat picture(size_of(tiff), CV_8UC4);
  const bool is_read = for_each_row(tiff, [&](int y, const std::uint8_t* row) {
    auto* pixels = picture.ptr<std::uint8_t>(y);
    for (std::size_t x = 0; x < static_cast<std::size_t>(picture.cols); ++x) {
      for (std::size_t ink = 0; ink < inks; ++ink) {
        const std::size_t at = x * samples + ink;
        const int amount = bits == 8 ? row[at] : reinterpret_cast<const std::uint16_t*>(row)[at] / 257;
        pixels[x * inks + ink] = static_cast<std::uint8_t>(255 - amount);
      }
    }
  });
  return is_read ? picture : cv::Mat();
}

/// Floats, also those that a file holds as logarithms (SGI LogLuv, in which OpenCV writes them).
cv::Mat read_floats(TIFF* tiff) {
  const std::uint32_t photometric = number(tiff, TIFFTAG_PHOTOMETRIC);
  if (is_logarithmic(photometric)) TIFFSetField(tiff, TIFFTAG_SGILOGDATAFMT, SGILOGDATAFMT_FLOAT);
  const std::uint32_t samples = number(tiff, TIFFTAG_SAMPLESPERPIXEL);
  if (number(tiff, TIFFTAG_BITSPERSAMPLE) != 32 || (samples != 1 && samples != 3)) return {};
  cv::Mat picture(size_of(tiff), samples == 1 ? CV_32FC1 : CV_32FC3);
  const bool is_read = for_each_row(tiff, [&](int y, const std::uint8_t* row) {
    std::copy_n(reinterpret_cast<const float*>(row), static_cast<std::size_t>(picture.cols) * samples,
                picture.ptr<float>(y));
  });
  if (!is_read) return {};
  if (samples == 3) {
    cv::cvtColor(picture, picture, photometric == PHOTOMETRIC_LOGLUV ? cv::COLOR_XYZ2BGR : cv::COLOR_RGB2BGR);
  }
  return picture;
}

/// Divides BGRA by its alpha.
void make_straight(cv::Mat& picture) {
  picture.forEach<cv::Vec4b>([](cv::Vec4b& pixel, const int*) {
    const int alpha = pixel[3];
    if (alpha == 0 || alpha == 255) return;
    for (int c = 0; c < 3; ++c) pixel[c] = cv::saturate_cast<uchar>((255 * pixel[c] + alpha / 2) / alpha);
  });
}

/// Whole numbers of up to 16 bits in any colours.
cv::Mat read_integers(TIFF* tiff) {
  struct Conversion {
    TIFFRGBAImage image{};
    bool is_begun = false;
    ~Conversion() {
      if (is_begun) TIFFRGBAImageEnd(&image);
    }
  } conversion;
  TIFFRGBAImage& image = conversion.image;
  std::array<char, 1024> message{};
  constexpr int stop_on_error = 1;
  conversion.is_begun = TIFFRGBAImageBegin(&image, tiff, stop_on_error, message.data()) != 0;
  if (!conversion.is_begun) return {};
  image.orientation = ORIENTATION_TOPLEFT;
  image.req_orientation = ORIENTATION_TOPLEFT;
  cv::Mat rgba(size_of(tiff), CV_8UC4);
  if (TIFFRGBAImageGet(&image, reinterpret_cast<std::uint32_t*>(rgba.data), image.width, image.height) == 0) {
    return {};
  }
  std::uint16_t count = 0;
  std::uint16_t* kinds = nullptr;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds);
  const bool has_alpha =
      count > 0 && (kinds[0] == EXTRASAMPLE_ASSOCALPHA || kinds[0] == EXTRASAMPLE_UNASSALPHA);
  cv::Mat picture;
  cv::cvtColor(rgba, picture, has_alpha ? cv::COLOR_RGBA2BGRA : cv::COLOR_RGBA2BGR);
  if (has_alpha) make_straight(picture);
  return picture;
}

}  // namespace

DecodedTiff decode_tiff(const std::string& bytes) {
  TIFFSetErrorHandler(nullptr);
  TIFFSetWarningHandler(nullptr);
  std::istringstream stream(bytes);
  const std::unique_ptr<TIFF, TiffCloser> tiff(TIFFStreamOpen("photo", &stream));
  DecodedTiff decoded;
  if (!tiff || !is_bounded(tiff.get())) return decoded;
  const std::uint32_t photometric = number(tiff.get(), TIFFTAG_PHOTOMETRIC);
  decoded.is_cmyk = photometric == PHOTOMETRIC_SEPARATED;
  if (decoded.is_cmyk) {
    decoded.pixels = read_inks(tiff.get());
  } else if (is_logarithmic(photometric) || number(tiff.get(), TIFFTAG_SAMPLEFORMAT) == SAMPLEFORMAT_IEEEFP) {
    decoded.pixels = read_floats(tiff.get());
  } else {
    decoded.pixels = read_integers(tiff.get());
  }
  return decoded;
}

}  // namespace reenact
