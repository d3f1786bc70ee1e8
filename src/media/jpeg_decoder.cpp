#include "media/jpeg_decoder.h"

#include <turbojpeg.h>

#include <memory>
#include <new>
#include <type_traits>

namespace reenact {
namespace {

constexpr const char* end_marker = "\xFF\xD9";

struct Closer {
  void operator()(void* decoder) const { tjDestroy(decoder); }
};

}  // namespace

DecodedJpeg decode_jpeg(const std::string& bytes) {
  DecodedJpeg decoded;
  decoded.lacks_end = bytes.rfind(end_marker) == std::string::npos;
  // With a marker in its place, libjpeg tells pixels that are missing from an end that is.
  const std::string whole = decoded.lacks_end ? bytes + end_marker : bytes;
  const auto* data = reinterpret_cast<const unsigned char*>(whole.data());
  const std::unique_ptr<std::remove_pointer_t<tjhandle>, Closer> decoder(tjInitDecompress());
  if (!decoder) throw std::bad_alloc();
  int width = 0;
  int height = 0;
  int subsampling = 0;
  int colours = 0;
  if (tjDecompressHeader3(decoder.get(), data, whole.size(), &width, &height, &subsampling, &colours) != 0) {
    return decoded;
  }
  const bool is_cmyk = colours == TJCS_CMYK || colours == TJCS_YCCK;
  const bool is_grey = colours == TJCS_GRAY;
  cv::Mat pixels(height, width, is_cmyk ? CV_8UC4 : is_grey ? CV_8UC1 : CV_8UC3, cv::Scalar::all(0));
  const int format = is_cmyk ? TJPF_CMYK : is_grey ? TJPF_GRAY : TJPF_BGR;
  if (tjDecompress2(decoder.get(), data, whole.size(), pixels.data, width, static_cast<int>(pixels.step[0]),
                    height, format, TJFLAG_LIMITSCANS) != 0) {
    if (tjGetErrorCode(decoder.get()) != TJERR_WARNING) return decoded;
    decoded.has_lost_pixels = true;
  }
  decoded.pixels = pixels;
  return decoded;
}

}  // namespace reenact
