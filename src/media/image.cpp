#include "reenact/media/image.h"

extern "C" {
#include <libavutil/crc.h>
}

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "media/alpha.h"
#include "media/srgb_transform.h"
#include "media/stored_photo.h"
#include "reenact/core/error.h"
#include "reenact/files/image_header.h"
#include "reenact/files/media_files.h"
#include "reenact/files/whole_file.h"
#include "reenact/media/synthetic_mark.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t max_photo_bytes = 1'000'000'000;

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

/// The alpha of a photo that is not opaque, upright.
cv::Mat own_alpha(const StoredPhoto& photo, const fs::path& path) {
  if (photo.is_cmyk || photo.pixels.channels() != 4) return {};
  cv::Mat alpha;
  cv::extractChannel(to_8_bit(photo.pixels, path), alpha, 3);
  if (cv::countNonZero(alpha != 255) == 0) return {};
  make_upright(alpha, photo.orientation);
  return alpha;
}

/// Inverted CMYK without a profile, as most viewers show it.
cv::Mat inverted_cmyk_to_bgr(const cv::Mat& image) {
  cv::Mat result(image.size(), CV_8UC3);
  result.forEach<cv::Vec3b>([&](cv::Vec3b& pixel, const int* position) {
    const auto& source = image.at<cv::Vec4b>(position[0], position[1]);
    for (int c = 0; c < 3; ++c) pixel[c] = static_cast<uchar>((source[2 - c] * source[3] + 127) / 255);
  });
  return result;
}

/// 8-bit BGR in sRGB, as stored.
cv::Mat to_srgb(const StoredPhoto& photo, const fs::path& path) {
  using Pixels = SrgbTransform::Pixels;
  if (photo.is_cmyk) {
    const auto transform = SrgbTransform::from_icc(photo.icc_profile, Pixels::cmyk_8);
    return transform ? transform->apply(photo.pixels) : inverted_cmyk_to_bgr(photo.pixels);
  }
  const cv::Mat image = to_bgr(to_8_bit(photo.pixels, path), path);
  if (const auto transform = SrgbTransform::from_icc(photo.icc_profile, Pixels::bgr_8))
    return transform->apply(image);
  if (const auto transform = SrgbTransform::from_icc(photo.icc_profile, Pixels::grey_8)) {
    cv::Mat grey;
    cv::extractChannel(image, grey, 0);
    return transform->apply(grey);
  }
  return image;
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

cv::Mat read_photo(const fs::path& path, std::vector<std::string>* notes, cv::Mat* alpha) {
  const std::string bytes = read_file(path, max_photo_bytes);
  std::vector<std::string> said;
  const StoredPhoto photo = read_stored_photo(bytes, path, said);
  cv::Mat image = to_srgb(photo, path);
  make_upright(image, photo.orientation);
  if (alpha != nullptr) *alpha = own_alpha(photo, path);
  if (notes != nullptr) notes->insert(notes->end(), said.begin(), said.end());
  return image;
}

bool is_animated_picture(const fs::path& path) {
  const auto header = parse_image_header(whole_file(path, max_photo_bytes).bytes);
  return header && header->is_animated;
}

std::string encode_marked_image(const fs::path& path, const cv::Mat& image, int quality,
                                const std::string& tool_and_version) {
  const std::string ending = ending_of(path);
  if (!is_writable_picture_name(path)) {
    throw OutputError(path.string() + " has an ending that cannot be written; name the picture .png or .jpg");
  }
  const bool is_png = ending == ".png";
  if (image.empty() || (image.type() != CV_8UC3 && !(is_png && image.type() == CV_8UC4))) {
    throw OutputError("the picture for " + path.string() + " is not 8-bit BGR" + (is_png ? " or BGRA" : ""));
  }
  std::vector<uchar> encoded;
  const std::vector<int> parameters =
      is_png ? std::vector<int>{} : std::vector<int>{cv::IMWRITE_JPEG_QUALITY, quality};
  cv::imencode(ending, image, encoded, parameters);
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
