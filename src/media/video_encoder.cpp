#include "media/video_encoder.h"

extern "C" {
#include <libavutil/opt.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <new>
#include <string>

#include "reenact/core/error.h"

namespace reenact {
namespace {

void set_x264_options(AVCodecContext& encoder, const VideoWriterOptions& options) {
  encoder.pix_fmt = AV_PIX_FMT_YUV420P;
  encoder.max_b_frames = 0;
  av_opt_set_int(encoder.priv_data, "crf", options.crf, 0);
  av_opt_set(encoder.priv_data, "preset", options.preset.c_str(), 0);
  av_opt_set_int(encoder.priv_data, "mbtree", 0, 0);
}

void set_vp9_options(AVCodecContext& encoder, const VideoWriterOptions& options) {
  constexpr int worst_x264 = 51;
  constexpr int worst_vp9 = 63;
  encoder.pix_fmt = options.alpha ? AV_PIX_FMT_YUVA420P : AV_PIX_FMT_YUV420P;
  encoder.max_b_frames = 0;
  av_opt_set_int(encoder.priv_data, "crf", options.crf * worst_vp9 / worst_x264, 0);
  av_opt_set(encoder.priv_data, "deadline", "realtime", 0);
  av_opt_set_int(encoder.priv_data, "cpu-used", 6, 0);
  av_opt_set_int(encoder.priv_data, "row-mt", 1, 0);
  encoder.thread_count = 4;
}

void set_prores_options(AVCodecContext& encoder) {
  encoder.pix_fmt = AV_PIX_FMT_YUVA444P10LE;
  av_opt_set(encoder.priv_data, "profile", "4444", 0);
}

/// The quantiser that x264 takes for equal to a rate factor (its qp2qscale).
void set_motion_jpeg_options(AVCodecContext& encoder, const VideoWriterOptions& options) {
  const double quantiser = std::clamp(0.85 * std::pow(2.0, (options.crf - 12) / 6.0), 1.0, 31.0);
  encoder.pix_fmt = AV_PIX_FMT_YUVJ420P;
  encoder.color_range = AVCOL_RANGE_JPEG;
  encoder.flags |= AV_CODEC_FLAG_QSCALE;
  encoder.global_quality = static_cast<int>(std::lround(quantiser * FF_QP2LAMBDA));
  encoder.qmin = 1;
}

bool has_half_size_colours(AVPixelFormat format) {
  return format == AV_PIX_FMT_YUV420P || format == AV_PIX_FMT_YUVA420P || format == AV_PIX_FMT_YUVJ420P;
}

}  // namespace

void check_output(int result, const std::filesystem::path& path) {
  if (result < 0) throw OutputError(path.string() + " cannot be written: " + libav::error_text(result));
}

VideoEncoder::VideoEncoder(const std::filesystem::path& path, const char* encoder_name, cv::Size size,
                           const VideoWriterOptions& options, AVRational time_base, bool needs_global_header)
    : path_(path), packet_(libav::make_packet()) {
  const AVCodec* codec = avcodec_find_encoder_by_name(encoder_name);
  if (codec == nullptr) {
    throw OutputError(std::string("this build of libavcodec lacks ") + encoder_name +
                      "; install one that has it");
  }
  encoder_.reset(avcodec_alloc_context3(codec));
  if (!encoder_) throw std::bad_alloc();
  AVCodecContext& encoder = *encoder_;
  encoder.width = size.width;
  encoder.height = size.height;
  encoder.time_base = time_base;
  encoder.framerate = {static_cast<int>(options.frame_rate.num), static_cast<int>(options.frame_rate.den)};
  encoder.colorspace = AVCOL_SPC_SMPTE170M;
  encoder.color_primaries = AVCOL_PRI_BT709;
  encoder.color_trc = AVCOL_TRC_BT709;
  encoder.color_range = AVCOL_RANGE_MPEG;
  encoder.chroma_sample_location = AVCHROMA_LOC_LEFT;
  if (needs_global_header) encoder.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  switch (codec->id) {
    case AV_CODEC_ID_H264:
      set_x264_options(encoder, options);
      break;
    case AV_CODEC_ID_VP9:
      set_vp9_options(encoder, options);
      break;
    case AV_CODEC_ID_PRORES:
      set_prores_options(encoder);
      break;
    case AV_CODEC_ID_MJPEG:
      set_motion_jpeg_options(encoder, options);
      break;
    default:
      encoder.pix_fmt = AV_PIX_FMT_PAL8;
      encoder.color_range = AVCOL_RANGE_UNSPECIFIED;
      encoder.colorspace = AVCOL_SPC_RGB;
  }
  if (has_half_size_colours(encoder.pix_fmt)) {
    encoder.width &= ~1;
    encoder.height &= ~1;
  }
  check_output(avcodec_open2(&encoder, codec, nullptr), path_);
  if (encoder.pix_fmt == AV_PIX_FMT_PAL8) {
    palette_.emplace(cv::Size(encoder.width, encoder.height));
    return;
  }
  frame_ = libav::make_frame();
  frame_->format = encoder.pix_fmt;
  frame_->width = encoder.width;
  frame_->height = encoder.height;
  frame_->colorspace = encoder.colorspace;
  frame_->color_primaries = encoder.color_primaries;
  frame_->color_trc = encoder.color_trc;
  frame_->color_range = encoder.color_range;
  frame_->quality = encoder.global_quality;
  check_output(av_frame_get_buffer(frame_.get(), 0), path_);
  const bool is_large = std::min(encoder.width, encoder.height) >= PlanarColours::least_side;
  if (encoder.pix_fmt == AV_PIX_FMT_YUV420P && is_large) {
    planar_.emplace(cv::Size(encoder.width, encoder.height));
    return;
  }
  scaler_.reset(sws_getContext(
      encoder.width, encoder.height, options.alpha ? AV_PIX_FMT_BGRA : AV_PIX_FMT_BGR24, encoder.width,
      encoder.height, encoder.pix_fmt, SWS_BICUBIC | SWS_ACCURATE_RND, nullptr, nullptr, nullptr));
  if (!scaler_) throw std::bad_alloc();
}

std::int64_t VideoEncoder::ticks_per_frame() const {
  return std::max<std::int64_t>(1, av_rescale_q(1, av_inv_q(encoder_->framerate), encoder_->time_base));
}

void VideoEncoder::send(const cv::Mat& image, std::int64_t time) {
  last_ = convert(image);
  send_again(time);
}

void VideoEncoder::send_again(std::int64_t time) {
  last_->pts = time;
  send(last_);
}

void VideoEncoder::send_end() { send(nullptr); }

void VideoEncoder::send(AVFrame* frame) { check_output(avcodec_send_frame(encoder_.get(), frame), path_); }

AVPacket* VideoEncoder::receive() {
  const int received = avcodec_receive_packet(encoder_.get(), packet_.get());
  if (received == AVERROR(EAGAIN) || received == AVERROR_EOF) return nullptr;
  check_output(received, path_);
  return packet_.get();
}

AVFrame* VideoEncoder::convert(const cv::Mat& image) {
  if (palette_) return palette_->map(image);
  check_output(av_frame_make_writable(frame_.get()), path_);
  if (planar_) {
    planar_->convert(image, *frame_);
    return frame_.get();
  }
  const std::array<const std::uint8_t*, 1> source = {image.data};
  const std::array<int, 1> stride = {static_cast<int>(image.step[0])};
  sws_scale(scaler_.get(), source.data(), stride.data(), 0, frame_->height, frame_->data, frame_->linesize);
  return frame_.get();
}

}  // namespace reenact
