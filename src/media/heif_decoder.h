#pragma once

#include <libheif/heif.h>

#include <cstdint>
#include <memory>
#include <opencv2/core.hpp>
#include <string>

namespace reenact {

/// Whether the bytes begin as a HEIC or AVIF file does.
bool is_heif(const std::string& bytes);

/// The main picture of a HEIC or AVIF file, decoded by libheif, which turns it upright.
class HeifPicture {
 public:
  /// Reads what comes before the pixels; `bytes` must outlive this object.
  explicit HeifPicture(const std::string& bytes);

  bool is_readable() const { return handle_ != nullptr; }  ///< else none of what follows may be asked for
  std::int64_t width() const { return heif_image_handle_get_width(handle_.get()); }
  std::int64_t height() const { return heif_image_handle_get_height(handle_.get()); }
  std::string icc_profile() const;  ///< empty when there is none

  /// 8-bit BGR or BGRA; empty when it cannot be decoded.
  cv::Mat decode() const;

 private:
  struct Freer {
    void operator()(heif_context* context) const { heif_context_free(context); }
    void operator()(heif_image_handle* handle) const { heif_image_handle_release(handle); }
  };
  std::unique_ptr<heif_context, Freer> context_;
  std::unique_ptr<heif_image_handle, Freer> handle_;
};

}  // namespace reenact
