#include "media/heif_decoder.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

namespace reenact {

bool is_heif(const std::string& bytes) {
  const auto length = static_cast<int>(std::min<std::size_t>(bytes.size(), 64));
  const heif_filetype_result type =
      heif_check_filetype(reinterpret_cast<const std::uint8_t*>(bytes.data()), length);
  return type == heif_filetype_yes_supported || type == heif_filetype_yes_unsupported;
}

HeifPicture::HeifPicture(const std::string& bytes) : context_(heif_context_alloc()) {
  heif_image_handle* handle = nullptr;
  if (heif_context_read_from_memory_without_copy(context_.get(), bytes.data(), bytes.size(), nullptr).code ==
          heif_error_Ok &&
      heif_context_get_primary_image_handle(context_.get(), &handle).code == heif_error_Ok) {
    handle_.reset(handle);
  }
}

std::string HeifPicture::icc_profile() const {
  std::string profile(heif_image_handle_get_raw_color_profile_size(handle_.get()), '\0');
  if (!profile.empty()) heif_image_handle_get_raw_color_profile(handle_.get(), profile.data());
  return profile;
}

cv::Mat HeifPicture::decode() const {
  const bool has_alpha = heif_image_handle_has_alpha_channel(handle_.get()) != 0;
  heif_image* raw = nullptr;
  const heif_error error =
      heif_decode_image(handle_.get(), &raw, heif_colorspace_RGB,
                        has_alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, nullptr);
  const std::unique_ptr<heif_image, decltype(&heif_image_release)> image(raw, &heif_image_release);
  if (error.code != heif_error_Ok) return {};
  int stride = 0;
  const std::uint8_t* pixels = heif_image_get_plane_readonly(image.get(), heif_channel_interleaved, &stride);
  if (pixels == nullptr) return {};
  const cv::Mat rgb(heif_image_get_height(image.get(), heif_channel_interleaved),
                    heif_image_get_width(image.get(), heif_channel_interleaved),
                    has_alpha ? CV_8UC4 : CV_8UC3, const_cast<std::uint8_t*>(pixels),
                    static_cast<std::size_t>(stride));
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, has_alpha ? cv::COLOR_RGBA2BGRA : cv::COLOR_RGB2BGR);
  return bgr;
}

}  // namespace reenact
