#include "reenact/media/video_reader.h"

extern "C" {
#include <libavutil/common.h>
#include <libavutil/dovi_meta.h>
}

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

#include "media/frame_converter.h"
#include "media/libav.h"
#include "media/video_decoder.h"
#include "media/webp_animation.h"
#include "reenact/core/error.h"
#include "reenact/files/image_header.h"
#include "reenact/files/media_files.h"
#include "reenact/files/text_table.h"
#include "reenact/files/whole_file.h"
#include "reenact/media/image.h"

namespace reenact {

namespace fs = std::filesystem;

struct VideoReader::Source {
  virtual ~Source() = default;
  virtual std::optional<VideoFrame> read() = 0;
  virtual std::optional<std::string> damage() const = 0;
  VideoInfo info;
};

namespace {

// Wider or narrower pixels than these are a mistake in the file.
constexpr double max_pixel_aspect = 4;

constexpr std::uintmax_t max_animation_bytes = 1'000'000'000;
constexpr std::int64_t max_animation_pixels = 100'000'000;

Rational from_libav(AVRational value) { return {value.num, value.den}; }

/// The size of a stored frame once its pixels are square; enlarges, so that nothing is lost.
cv::Size square_size(const AVFrame& frame, AVRational aspect) {
  const cv::Size stored(frame.width, frame.height);
  const double ratio = aspect.num > 0 && aspect.den > 0 ? av_q2d(aspect) : 1;
  if (ratio > max_pixel_aspect || ratio < 1 / max_pixel_aspect) return stored;
  return ratio > 1 ? cv::Size(static_cast<int>(std::lround(stored.width * ratio)), stored.height)
                   : cv::Size(stored.width, static_cast<int>(std::lround(stored.height / ratio)));
}

Orientation orientation_of(const AVStream& stream, const AVFrame& frame) {
  if (const auto* matrix = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr)) {
    return orientation_from_matrix(reinterpret_cast<const std::int32_t*>(matrix));
  }
  if (const auto* side_data = av_frame_get_side_data(&frame, AV_FRAME_DATA_DISPLAYMATRIX)) {
    return orientation_from_matrix(reinterpret_cast<const std::int32_t*>(side_data->data));
  }
  return {};
}

/// Whether the pictures mean nothing but to a decoder of Dolby Vision: profile 5 has no base layer of another
/// kind.
bool has_dolby_vision_alone(const AVStream& stream) {
  constexpr int profile_without_base_layer = 5;
  const std::uint8_t* stated = av_stream_get_side_data(&stream, AV_PKT_DATA_DOVI_CONF, nullptr);
  return stated != nullptr && reinterpret_cast<const AVDOVIDecoderConfigurationRecord*>(stated)->dv_profile ==
                                  profile_without_base_layer;
}

class VideoFileSource final : public VideoReader::Source {
 public:
  explicit VideoFileSource(fs::path path) : path_(std::move(path)), decoder_(path_), first_(decoder_.next()) {
    if (first_ == nullptr) {
      throw InputError(path_.string() + " has a video track that cannot be decoded; convert it to H.264");
    }
    if (const std::string colours = unreadable_colours(*first_); !colours.empty()) {
      throw InputError(path_.string() + " has " + colours + ", which cannot be read; convert it to H.264");
    }
    AVStream& stream = decoder_.stream();
    if (has_dolby_vision_alone(stream)) {
      throw InputError(path_.string() +
                       " has the colours of Dolby Vision profile 5, which cannot be read; convert "
                       "it to H.264");
    }
    const AVRational aspect = av_guess_sample_aspect_ratio(&decoder_.input(), &stream, first_);
    converter_.emplace(square_size(*first_, aspect), orientation_of(stream, *first_));
    read_info(stream);
  }

  std::optional<VideoFrame> read() override {
    AVFrame* decoded = first_ != nullptr ? std::exchange(first_, nullptr) : decoder_.next();
    if (decoded == nullptr) {
      is_at_end_ = true;
      return std::nullopt;
    }
    VideoFrame frame;
    frame.index = frame_count_++;
    frame.timestamp = time_of(*decoded);
    frame.duration = decoded->pkt_duration > 0 ? decoded->pkt_duration : ticks_per_frame_;
    frame.image = converter_->convert(*decoded);
    last_time_ = frame.timestamp;
    end_ = av_sat_add64(frame.timestamp, frame.duration);
    return frame;
  }

  std::optional<std::string> damage() const override {
    if (!is_at_end_) return std::nullopt;
    if (decoder_.is_cut_off()) {
      return path_.string() + " is cut off: it ends after " + std::to_string(frame_count_) + " frames, at " +
             fixed(static_cast<double>(end_) * info.time_base.value(), 2) + " s";
    }
    if (decoder_.undecodable() > 0) {
      return path_.string() + " is damaged: " + std::to_string(decoder_.undecodable()) +
             " of its frames cannot be decoded";
    }
    return std::nullopt;
  }

 private:
  void read_info(const AVStream& stream) {
    const AVRational average = stream.avg_frame_rate;
    const AVRational rate = average.num > 0 && average.den > 0 ? average : stream.r_frame_rate;
    if (rate.num <= 0 || rate.den <= 0) {
      throw InputError(path_.string() + " has no frame rate; it is not a video or is damaged");
    }
    info.width = converter_->size().width;
    info.height = converter_->size().height;
    info.frame_rate = from_libav(rate);
    info.time_base = from_libav(stream.time_base);
    info.start = first_->best_effort_timestamp != AV_NOPTS_VALUE ? first_->best_effort_timestamp : 0;
    ticks_per_frame_ = std::max<std::int64_t>(1, av_rescale_q(1, av_inv_q(rate), stream.time_base));
    if (stream.duration != AV_NOPTS_VALUE) {
      info.duration_s = static_cast<double>(stream.duration) * av_q2d(stream.time_base);
    } else if (decoder_.input().duration != AV_NOPTS_VALUE) {
      info.duration_s = static_cast<double>(decoder_.input().duration) / AV_TIME_BASE;
    }
    const std::int64_t declared = decoder_.declared_packets();
    info.frame_count = declared > 0 ? declared : std::llround(info.duration_s * av_q2d(rate));
    info.has_audio = libav::main_stream(decoder_.input(), AVMEDIA_TYPE_AUDIO) != nullptr;
  }

  /// The frame's own time; where it has none, or one that does not come after the last, the next that may be.
  std::int64_t time_of(const AVFrame& frame) const {
    if (frame_count_ <= 1) return 0;
    if (frame.best_effort_timestamp == AV_NOPTS_VALUE) return end_;
    return std::max(av_sat_sub64(frame.best_effort_timestamp, info.start), av_sat_add64(last_time_, 1));
  }

  fs::path path_;
  VideoDecoder decoder_;
  AVFrame* first_;  ///< decoded but not read yet
  std::optional<FrameConverter> converter_;
  std::int64_t ticks_per_frame_ = 1;
  std::int64_t frame_count_ = 0;
  std::int64_t last_time_ = 0;
  std::int64_t end_ = 0;
  bool is_at_end_ = false;
};

class ImageSource final : public VideoReader::Source {
 public:
  ImageSource(std::vector<fs::path> images, Rational rate) : images_(std::move(images)) {
    if (rate.num <= 0 || rate.den <= 0) throw UsageError("the frame rate of a folder must be positive");
    first_ = read_photo(images_.front());
    info.width = first_.cols;
    info.height = first_.rows;
    info.frame_rate = rate;
    info.time_base = {rate.den, rate.num};
    info.frame_count = static_cast<std::int64_t>(images_.size());
    info.duration_s = static_cast<double>(info.frame_count) / rate.value();
  }

  std::optional<VideoFrame> read() override {
    while (next_ < images_.size()) {
      VideoFrame frame;
      frame.index = frame_count_;
      frame.timestamp = static_cast<std::int64_t>(next_);
      frame.duration = 1;
      frame.image = read_picture(next_++);
      if (frame.image.empty()) continue;
      ++frame_count_;
      return frame;
    }
    return std::nullopt;
  }

  std::optional<std::string> damage() const override {
    if (unreadable_ == 0) return std::nullopt;
    return std::to_string(unreadable_) + " of " + std::to_string(images_.size()) +
           " pictures are left out; the first: " + first_fault_;
  }

 private:
  /// Empty when the picture cannot be used.
  cv::Mat read_picture(std::size_t number) {
    if (number == 0) return std::exchange(first_, cv::Mat());
    const fs::path& path = images_[number];
    try {
      cv::Mat image = read_photo(path);
      if (image.size() != cv::Size(info.width, info.height)) {
        throw InputError(path.string() + " differs in size from the first picture of its folder (" +
                         std::to_string(info.width) + "x" + std::to_string(info.height) + ")");
      }
      return image;
    } catch (const InputError& fault) {
      if (unreadable_++ == 0) first_fault_ = fault.what();
      return {};
    }
  }

  std::vector<fs::path> images_;
  cv::Mat first_;
  std::size_t next_ = 0;
  std::int64_t frame_count_ = 0;
  std::int64_t unreadable_ = 0;
  std::string first_fault_;
};

WebpAnimation open_animation(const fs::path& path) {
  try {
    return WebpAnimation(read_file(path, max_animation_bytes));
  } catch (const std::invalid_argument&) {
    throw InputError(path.string() + " cannot be decoded; it is damaged");
  }
}

class WebpSource final : public VideoReader::Source {
 public:
  explicit WebpSource(const fs::path& path) : path_(path), animation_(open_animation(path)) {
    next_ = animation_.next();
    if (!next_) throw InputError(path.string() + " cannot be decoded; it is damaged");
    info.width = next_->image.cols;
    info.height = next_->image.rows;
    info.time_base = {1, 1000};
    info.frame_count = animation_.frame_count();
    info.frame_rate = {1000 * info.frame_count, std::max<std::int64_t>(1, animation_.duration_ms())};
    info.duration_s = static_cast<double>(animation_.duration_ms()) / 1000;
  }

  std::optional<VideoFrame> read() override {
    if (!next_) return std::nullopt;
    VideoFrame frame;
    frame.image = next_->image;
    frame.index = frame_count_++;
    frame.timestamp = std::max(next_->start_ms, last_time_ + 1);
    frame.duration = std::max<std::int64_t>(1, next_->end_ms - frame.timestamp);
    last_time_ = frame.timestamp;
    next_ = animation_.next();
    return frame;
  }

  std::optional<std::string> damage() const override {
    if (next_) return std::nullopt;
    if (animation_.is_cut_off()) {
      return path_.string() + " is cut off: it ends after " + std::to_string(frame_count_) + " frames, at " +
             fixed(static_cast<double>(animation_.duration_ms()) / 1000, 2) + " s";
    }
    if (frame_count_ == info.frame_count) return std::nullopt;
    return path_.string() + " is damaged: it ends after " + std::to_string(frame_count_) + " of " +
           std::to_string(info.frame_count) + " frames";
  }

 private:
  fs::path path_;
  WebpAnimation animation_;
  std::optional<WebpAnimation::Frame> next_;
  std::int64_t frame_count_ = 0;
  std::int64_t last_time_ = -1;
};

/// A picture whose name does not tell that it moves.
std::unique_ptr<VideoReader::Source> open_picture(const fs::path& path, Rational image_rate) {
  const auto header = parse_image_header(read_file(path, max_animation_bytes));
  if (header && header->is_animated && header->width * header->height <= max_animation_pixels) {
    if (header->format == ImageFormat::webp) return std::make_unique<WebpSource>(path);
    return std::make_unique<VideoFileSource>(path);
  }
  return std::make_unique<ImageSource>(std::vector<fs::path>{path}, image_rate);
}

std::unique_ptr<VideoReader::Source> open_source(const fs::path& path, Rational image_rate) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    std::vector<fs::path> images = pictures_in(path);
    if (images.empty()) throw InputError(path.string() + " is a folder without pictures");
    return std::make_unique<ImageSource>(std::move(images), image_rate);
  }
  if (is_picture_name(path)) return open_picture(path, image_rate);
  return std::make_unique<VideoFileSource>(path);
}

}  // namespace

VideoReader::VideoReader(const fs::path& path, Rational image_folder_rate)
    : source_(open_source(path, image_folder_rate)) {}
VideoReader::~VideoReader() = default;
VideoReader::VideoReader(VideoReader&&) noexcept = default;
VideoReader& VideoReader::operator=(VideoReader&&) noexcept = default;

const VideoInfo& VideoReader::info() const { return source_->info; }
std::optional<VideoFrame> VideoReader::read() { return source_->read(); }
std::optional<std::string> VideoReader::damage() const { return source_->damage(); }

}  // namespace reenact
