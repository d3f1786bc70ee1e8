#include "reenact/media/image.h"

extern "C" {
#include <libavutil/crc.h>
}

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <mutex>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "media/alpha.h"
#include "media/orientation.h"
#include "reenact/core/error.h"
#include "reenact/files/image_header.h"
#include "reenact/files/media_files.h"
#include "reenact/files/whole_file.h"
#include "reenact/media/synthetic_mark.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t max_photo_pixels = 100'000'000;
constexpr std::int64_t min_photo_side = 32;
constexpr std::uintmax_t max_photo_bytes = 1'000'000'000;

/// Sends stderr nowhere while it lives: libpng and libjpeg print there and OpenCV gives no way to stop them.
/// One at a time, since all threads share stderr.
class SilencedStderr {
 public:
  SilencedStderr() : lock_(mutex()), kept_(::dup(STDERR_FILENO)) {
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (kept_ >= 0 && nowhere >= 0) ::dup2(nowhere, STDERR_FILENO);
    if (nowhere >= 0) ::close(nowhere);
  }
  ~SilencedStderr() {
    if (kept_ < 0) return;
    ::dup2(kept_, STDERR_FILENO);
    ::close(kept_);
  }
  SilencedStderr(const SilencedStderr&) = delete;
  SilencedStderr& operator=(const SilencedStderr&) = delete;

 private:
  static std::mutex& mutex() {
    static std::mutex one;
    return one;
  }

  std::lock_guard<std::mutex> lock_;
  int kept_;
};

void check_header(const ImageHeader& header, const fs::path& path) {
  const std::string size = std::to_string(header.width) + "x" + std::to_string(header.height);
  if (header.width < min_photo_side || header.height < min_photo_side) {
    throw InputError(path.string() + " has " + size + " pixels; a photo needs at least 32 on each side");
  }
  if (header.width > max_photo_pixels / header.height) {
    throw InputError(path.string() + " has " + size + " pixels; shrink it to 100 megapixels or fewer");
  }
  if (header.is_cut_off) throw InputError(path.string() + " is cut off; copy the photo again");
  if (header.is_tiff_cmyk) throw InputError(path.string() + " is a CMYK TIFF; convert it to RGB");
}

/// 8-bit with the same channels; 16-bit counts to 65535, float to 1.
cv::Mat to_8_bit(const cv::Mat& image, const fs::path& path) {
  cv::Mat result;
  switch (image.depth()) {
    case CV_8U:
      return image;
    case CV_16U:
      image.convertTo(result, CV_8U, 1.0 / 257.0);
      return result;
    case CV_32F:
    case CV_64F:
      image.convertTo(result, CV_8U, 255.0);
      return result;
    default:
      throw InputError(path.string() + " has an unusual pixel type; convert it to 8 or 16 bits a channel");
  }
}

cv::Mat to_bgr(const cv::Mat& image, const fs::path& path) {
  cv::Mat result;
  switch (image.channels()) {
    case 1:
      cv::cvtColor(image, result, cv::COLOR_GRAY2BGR);
      return result;
    case 3:
      return image;
    case 4:
      return blend_on_white(image);
    default:
      throw InputError(path.string() + " has " + std::to_string(image.channels()) +
                       " channels; convert it to RGB");
  }
}

std::string big_endian(std::uint32_t value, int bytes) {
  std::string text;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    text += static_cast<char>((value >> shift) & 0xFF);
  return text;
}

/// PNG chunk "iTXt" with an XMP packet, after the header chunk (XMP Specification Part 3, PNG).
void insert_png_xmp(std::string& file, const std::string& packet) {
  constexpr std::size_t end_of_header_chunk = 8 + 12 + 13;
  const std::string body = std::string("iTXtXML:com.adobe.xmp") + std::string(5, '\0') + packet;
  const std::uint32_t crc = ~av_crc(av_crc_get_table(AV_CRC_32_IEEE_LE), 0xFFFFFFFF,
                                    reinterpret_cast<const std::uint8_t*>(body.data()), body.size());
  const auto length = static_cast<std::uint32_t>(body.size() - 4);
  file.insert(end_of_header_chunk, big_endian(length, 4) + body + big_endian(crc, 4));
}

/// JPEG segment APP1 with an XMP packet, after the JFIF segment (XMP Specification Part 3, JPEG).
void insert_jpeg_xmp(std::string& file, const std::string& packet) {
  const std::string body = std::string("http://ns.adobe.com/xap/1.0/") + '\0' + packet;
  const auto length = static_cast<std::uint32_t>(body.size() + 2);
  const std::size_t jfif_length =
      (static_cast<unsigned char>(file.at(4)) << 8) | static_cast<unsigned char>(file.at(5));
  file.insert(4 + jfif_length, "\xFF\xE1" + big_endian(length, 2) + body);
}

}  // namespace

cv::Mat read_photo(const fs::path& path) {
  const std::string bytes = read_file(path, max_photo_bytes);
  const auto header = parse_image_header(bytes);
  if (!header) {
    throw InputError(path.string() + " is not a picture, or is damaged; give JPEG, PNG, WebP, TIFF or BMP");
  }
  check_header(*header, path);
  // For JPEG, OpenCV's colour mode is what converts CMYK; other formats must keep alpha and depth.
  const int mode = header->format == ImageFormat::jpeg ? cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION
                                                       : cv::IMREAD_UNCHANGED;
  const cv::Mat encoded(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data()));
  cv::Mat decoded;
  const SilencedStderr silenced;
  try {
    decoded = cv::imdecode(encoded, mode);
  } catch (const cv::Exception&) {
    decoded.release();
  }
  if (decoded.empty())
    throw InputError(path.string() + " cannot be decoded; it is damaged or of a rare kind");
  cv::Mat image = to_bgr(to_8_bit(decoded, path), path);
  make_upright(image, orientation_from_exif(header->orientation));
  return image;
}

std::string encode_marked_image(const fs::path& path, const cv::Mat& image_bgr, int quality,
                                const std::string& tool_and_version) {
  const std::string ending = ending_of(path);
  if (!is_writable_picture_name(path)) {
    throw OutputError(path.string() + " has an ending that cannot be written; name the picture .png or .jpg");
  }
  if (image_bgr.empty() || image_bgr.type() != CV_8UC3) {
    throw OutputError("the picture for " + path.string() + " is not 8-bit BGR");
  }
  const bool is_png = ending == ".png";
  std::vector<uchar> encoded;
  const std::vector<int> parameters =
      is_png ? std::vector<int>{} : std::vector<int>{cv::IMWRITE_JPEG_QUALITY, quality};
  cv::imencode(ending, image_bgr, encoded, parameters);
  std::string bytes(encoded.begin(), encoded.end());
  const std::string packet = synthetic_xmp_packet(tool_and_version);
  if (is_png) {
    insert_png_xmp(bytes, packet);
  } else {
    insert_jpeg_xmp(bytes, packet);
  }
  return bytes;
}

}  // namespace reenact
