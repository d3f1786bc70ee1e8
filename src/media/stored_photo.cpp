#include "media/stored_photo.h"

#include <array>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "media/frame_converter.h"
#include "media/heif_decoder.h"
#include "media/jpeg_decoder.h"
#include "media/png_chunks.h"
#include "media/tiff_decoder.h"
#include "media/video_decoder.h"
#include "media/webp_animation.h"
#include "media/webp_decoder.h"
#include "reenact/core/error.h"
#include "reenact/files/image_header.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t max_photo_pixels = 100'000'000;
constexpr std::int64_t min_photo_side = 32;

void check_size(std::int64_t width, std::int64_t height, const fs::path& path) {
  const std::string size = std::to_string(width) + "x" + std::to_string(height);
  if (width < min_photo_side || height < min_photo_side) {
    throw InputError(path.string() + " has " + size + " pixels; a photo needs at least 32 on each side");
  }
  if (width > max_photo_pixels / height) {
    throw InputError(path.string() + " has " + size + " pixels; shrink it to 100 megapixels or fewer");
  }
}

InputError undecodable(const fs::path& path) {
  return InputError(path.string() + " cannot be decoded; it is damaged or of a rare kind");
}

StoredPhoto read_jpeg(const std::string& bytes, const fs::path& path, std::vector<std::string>& notes) {
  const DecodedJpeg jpeg = decode_jpeg(bytes);
  if (jpeg.pixels.empty()) throw undecodable(path);
  if (jpeg.has_lost_pixels && jpeg.lacks_end)
    throw InputError(path.string() + " is cut off; copy the photo again");
  if (jpeg.has_lost_pixels) notes.push_back(path.string() + " is damaged: a part of the photo may be grey");
  if (jpeg.lacks_end) notes.push_back(path.string() + " lacks its end marker; all of its pixels are there");
  StoredPhoto photo;
  photo.pixels = jpeg.pixels;
  photo.is_cmyk = jpeg.pixels.channels() == 4;
  return photo;
}

StoredPhoto read_by_libav(AVCodecID codec, const std::string& bytes, const fs::path& path) {
  const libav::Frame frame = decode_picture(codec, bytes);
  if (!frame || !unreadable_colours(*frame).empty()) throw undecodable(path);
  check_size(frame->width, frame->height, path);
  StoredPhoto photo;
  photo.pixels = FrameConverter({frame->width, frame->height}, {}, Alpha::keep).convert(*frame);
  if (const AVFrameSideData* icc = av_frame_get_side_data(frame.get(), AV_FRAME_DATA_ICC_PROFILE)) {
    photo.icc_profile.assign(reinterpret_cast<const char*>(icc->data), icc->size);
  }
  return photo;
}

StoredPhoto read_png(const std::string& bytes, const fs::path& path) {
  StoredPhoto photo = read_by_libav(AV_CODEC_ID_PNG, pixel_chunks(bytes), path);
  photo.icc_profile = png_icc_profile(bytes);
  return photo;
}

/// The first picture of a GIF file.
StoredPhoto read_gif(const fs::path& path) {
  VideoDecoder decoder(path, "gif");
  const AVFrame* frame = decoder.next();
  if (frame == nullptr) throw undecodable(path);
  check_size(frame->width, frame->height, path);
  StoredPhoto photo;
  photo.pixels = FrameConverter({frame->width, frame->height}, {}).convert(*frame);
  return photo;
}

StoredPhoto read_heif(const std::string& bytes, const fs::path& path) {
  const HeifPicture picture(bytes);
  if (!picture.is_readable()) throw undecodable(path);
  check_size(picture.width(), picture.height(), path);
  StoredPhoto photo;
  photo.pixels = picture.decode();
  if (photo.pixels.empty()) throw undecodable(path);
  photo.icc_profile = picture.icc_profile();
  return photo;
}

StoredPhoto read_animated_webp(const std::string& bytes, const fs::path& path) {
  try {
    const std::optional<WebpAnimation::Frame> first = WebpAnimation(bytes).next();
    if (!first) throw undecodable(path);
    StoredPhoto photo;
    photo.pixels = first->image;
    return photo;
  } catch (const std::invalid_argument&) {
    throw undecodable(path);
  }
}

/// Whether the rows of an unpacked BMP are all there; libav reads on without their padding.
bool has_all_rows(const std::string& bytes, const ImageHeader& header) {
  constexpr std::size_t fixed_header = 34;
  if (bytes.size() < fixed_header) return false;
  const auto little_endian = [&](std::size_t at, int count) {
    std::int64_t value = 0;
    for (int i = 0; i < count; ++i) {
      value |= std::int64_t{static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)])} << (8 * i);
    }
    return value;
  };
  constexpr std::int64_t unpacked = 0;
  constexpr std::int64_t unpacked_with_masks = 3;
  const std::int64_t packing = little_endian(30, 4);
  if (packing != unpacked && packing != unpacked_with_masks) return true;
  const std::int64_t row_bytes = (header.width * little_endian(28, 2) + 31) / 32 * 4;
  return little_endian(10, 4) + row_bytes * header.height <= static_cast<std::int64_t>(bytes.size());
}

StoredPhoto read_bmp(const ImageHeader& header, const std::string& bytes, const fs::path& path) {
  if (!has_all_rows(bytes, header)) throw undecodable(path);
  return read_by_libav(AV_CODEC_ID_BMP, bytes, path);
}

StoredPhoto read_webp(const ImageHeader& header, const std::string& bytes, const fs::path& path) {
  StoredPhoto photo;
  photo.pixels = decode_webp(bytes, {static_cast<int>(header.width), static_cast<int>(header.height)});
  if (photo.pixels.empty()) throw undecodable(path);
  return photo;
}

StoredPhoto read_tiff(const std::string& bytes, const fs::path& path) {
  const DecodedTiff tiff = decode_tiff(bytes);
  if (tiff.pixels.empty()) {
    throw InputError(path.string() +
                     (tiff.is_cmyk
                          ? " is a CMYK TIFF that is damaged, or stored in tiles or planes; convert it to RGB"
                          : " cannot be decoded; it is damaged or of a rare kind"));
  }
  StoredPhoto photo;
  photo.pixels = tiff.pixels;
  photo.is_cmyk = tiff.is_cmyk;
  return photo;
}

StoredPhoto read_pixels(const ImageHeader& header, const std::string& bytes, const fs::path& path,
                        std::vector<std::string>& notes) {
  switch (header.format) {
    case ImageFormat::jpeg:
      return read_jpeg(bytes, path, notes);
    case ImageFormat::png:
      return read_png(bytes, path);
    case ImageFormat::webp:
      return header.is_animated ? read_animated_webp(bytes, path) : read_webp(header, bytes, path);
    case ImageFormat::tiff:
      return read_tiff(bytes, path);
    case ImageFormat::bmp:
      return read_bmp(header, bytes, path);
  }
  throw undecodable(path);
}

StoredPhoto read_common(const ImageHeader& header, const std::string& bytes, const fs::path& path,
                        std::vector<std::string>& notes) {
  check_size(header.width, header.height, path);
  StoredPhoto photo = read_pixels(header, bytes, path, notes);
  if (photo.icc_profile.empty()) photo.icc_profile = header.icc_profile;
  photo.orientation = orientation_from_exif(header.orientation);
  return photo;
}

bool begins_with(const std::string& bytes, std::string_view magic) {
  return std::string_view(bytes).substr(0, magic.size()) == magic;
}

/// Throws InputError naming what the file is, where that is known.
[[noreturn]] void refuse_kind(const std::string& bytes, const fs::path& path) {
  struct Kind {
    std::string_view magic;
    const char* name;
  };
  constexpr std::array<Kind, 6> kinds = {{{"\xFF\x0A", "a JPEG XL picture"},
                                          {{"\0\0\0\x0CJXL ", 8}, "a JPEG XL picture"},
                                          {"8BPS", "a Photoshop file"},
                                          {"%PDF", "a PDF file"},
                                          {"\x76\x2F\x31\x01", "an OpenEXR picture"},
                                          {"<svg", "an SVG drawing"}}};
  for (const Kind& kind : kinds) {
    if (begins_with(bytes, kind.magic)) {
      throw InputError(path.string() + " is " + kind.name + ", which cannot be read; save it as JPEG or PNG");
    }
  }
  throw InputError(path.string() +
                   " is not a picture, or is damaged; give JPEG, PNG, WebP, HEIC, AVIF, TIFF or BMP");
}

}  // namespace

StoredPhoto read_stored_photo(const std::string& bytes, const fs::path& path,
                              std::vector<std::string>& notes) {
  if (const auto header = parse_image_header(bytes)) return read_common(*header, bytes, path, notes);
  if (is_heif(bytes)) return read_heif(bytes, path);
  if (begins_with(bytes, "GIF8")) return read_gif(path);
  if (begins_with(bytes, {"\0\0\0\x0CjP  ", 8})) return read_by_libav(AV_CODEC_ID_JPEG2000, bytes, path);
  refuse_kind(bytes, path);
}

}  // namespace reenact
