#include "media/cmyk_tiff.h"

#include <tiffio.h>

#include <cstdint>
#include <memory>
#include <sstream>
#include <tiffio.hxx>
#include <vector>

namespace reenact {
namespace {

constexpr int inks = 4;

struct TiffCloser {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};

std::uint32_t number(TIFF* tiff, std::uint32_t tag) {
  std::uint16_t value = 0;
  TIFFGetFieldDefaulted(tiff, tag, &value);
  return value;
}

}  // namespace

cv::Mat decode_cmyk_tiff(const std::string& bytes) {
  TIFFSetErrorHandler(nullptr);
  TIFFSetWarningHandler(nullptr);
  std::istringstream stream(bytes);
  const std::unique_ptr<TIFF, TiffCloser> tiff(TIFFStreamOpen("photo", &stream));
  if (!tiff || TIFFIsTiled(tiff.get()) != 0) return {};
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &height);
  const std::uint32_t bits = number(tiff.get(), TIFFTAG_BITSPERSAMPLE);
  const std::uint32_t samples = number(tiff.get(), TIFFTAG_SAMPLESPERPIXEL);
  const bool is_known = number(tiff.get(), TIFFTAG_PHOTOMETRIC) == PHOTOMETRIC_SEPARATED &&
                        number(tiff.get(), TIFFTAG_PLANARCONFIG) == PLANARCONFIG_CONTIG &&
                        (bits == 8 || bits == 16) && samples >= inks;
  const std::size_t row_bytes = std::size_t{width} * samples * bits / 8;
  if (!is_known || static_cast<std::size_t>(TIFFScanlineSize(tiff.get())) != row_bytes) return {};
  std::vector<std::uint8_t> row(row_bytes);
  cv::Mat picture(static_cast<int>(height), static_cast<int>(width), CV_8UC4);
  for (std::uint32_t y = 0; y < height; ++y) {
    if (TIFFReadScanline(tiff.get(), row.data(), y) < 0) return {};
    auto* pixels = picture.ptr<std::uint8_t>(static_cast<int>(y));
    for (std::size_t x = 0; x < width; ++x) {
      for (std::size_t ink = 0; ink < inks; ++ink) {
        const std::size_t at = x * samples + ink;
        // libtiff gives 16 bits in the order of this machine.
        const int amount = bits == 8 ? row[at] : reinterpret_cast<const std::uint16_t*>(row.data())[at] / 257;
        pixels[x * inks + ink] = static_cast<std::uint8_t>(255 - amount);
      }
    }
  }
  return picture;
}

}  // namespace reenact
