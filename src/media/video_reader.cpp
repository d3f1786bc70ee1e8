#include "reenact/media/video_reader.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <limits>
#include <opencv2/videoio.hpp>
#include <string>
#include <utility>
#include <vector>

#include "media/frame_clock.h"
#include "media/libav.h"
#include "reenact/core/error.h"
#include "reenact/files/media_files.h"
#include "reenact/media/image.h"

namespace reenact {

namespace fs = std::filesystem;

struct VideoReader::Source {
  virtual ~Source() = default;
  virtual std::optional<VideoFrame> read() = 0;
  VideoInfo info;
};

namespace {

constexpr std::int64_t max_video_pixels = 100'000'000;
constexpr std::int64_t tolerated_missing_frames = 2;

Rational from_libav(AVRational value) { return {value.num, value.den}; }

/// A track's own duration in seconds where the container states one, else 0.
double declared_track_duration(const AVStream& stream) {
  // Matroska has durations per track only as a tag, HH:MM:SS.fraction.
  if (const AVDictionaryEntry* tag = av_dict_get(stream.metadata, "DURATION", nullptr, 0)) {
    int hours = 0;
    int minutes = 0;
    double seconds = 0;
    if (std::sscanf(tag->value, "%d:%d:%lf", &hours, &minutes, &seconds) == 3) {
      return hours * 3600.0 + minutes * 60.0 + seconds;
    }
  }
  return 0;
}

/// Frames that the container's index lists for display, or 0 when it has no complete index.
std::int64_t indexed_frame_count(const AVFormatContext& input, AVStream& stream) {
  const bool has_sample_table = std::string(input.iformat->name).find("mp4") != std::string::npos;
  if (!has_sample_table || stream.nb_frames == 0) return 0;
  std::int64_t count = 0;
  for (int i = 0; i < avformat_index_get_entries_count(&stream); ++i) {
    const AVIndexEntry* entry = avformat_index_get_entry(&stream, i);
    if ((entry->flags & AVINDEX_DISCARD_FRAME) == 0) ++count;
  }
  return count;
}

class VideoFileSource final : public VideoReader::Source {
 public:
  explicit VideoFileSource(fs::path path)
      : path_(std::move(path)),
        input_(libav::open_input(path_)),
        stream_(libav::first_stream(*input_, AVMEDIA_TYPE_VIDEO)) {
    if (stream_ == nullptr) throw InputError(path_.string() + " has no video track; give a video");
    check_size();
    read_info();
    clock_.emplace(*input_, *stream_);
    open_decoder();
  }

  std::optional<VideoFrame> read() override {
    VideoFrame frame;
    if (!capture_.read(frame.image)) {
      check_complete();
      return std::nullopt;
    }
    const std::int64_t time = time_of_decoded_frame();
    if (frame_count_ == 0) first_time_ = time;
    last_time_ = time;
    frame.index = frame_count_++;
    frame.timestamp = time - first_time_;
    return frame;
  }

 private:
  void check_size() const {
    const AVCodecParameters& codec = *stream_->codecpar;
    const std::int64_t pixels = std::int64_t{codec.width} * codec.height;
    if (codec.width <= 0 || codec.height <= 0 || pixels > max_video_pixels) {
      throw InputError(path_.string() + " has pictures of " + std::to_string(codec.width) + "x" +
                       std::to_string(codec.height) + "; up to 100 megapixels can be read");
    }
  }

  void read_info() {
    const AVRational average = stream_->avg_frame_rate;
    const AVRational rate = average.num > 0 && average.den > 0 ? average : stream_->r_frame_rate;
    if (rate.num <= 0 || rate.den <= 0) {
      throw InputError(path_.string() + " has no frame rate; it is not a video or is damaged");
    }
    info.frame_rate = from_libav(rate);
    info.time_base = from_libav(stream_->time_base);
    ticks_per_frame_ = std::max<std::int64_t>(1, av_rescale_q(1, av_inv_q(rate), stream_->time_base));
    if (stream_->duration != AV_NOPTS_VALUE) {
      info.duration_s = static_cast<double>(stream_->duration) * av_q2d(stream_->time_base);
    } else if (input_->duration != AV_NOPTS_VALUE) {
      info.duration_s = static_cast<double>(input_->duration) / AV_TIME_BASE;
    }
    indexed_frames_ = indexed_frame_count(*input_, *stream_);
    info.frame_count = indexed_frames_ > 0 ? indexed_frames_ : std::llround(info.duration_s * av_q2d(rate));
    info.has_audio = libav::first_stream(*input_, AVMEDIA_TYPE_AUDIO) != nullptr;
  }

  void open_decoder() {
    const std::string file = fs::absolute(path_).string();
    if (!capture_.open(file, cv::CAP_FFMPEG)) {
      throw InputError(path_.string() + " cannot be decoded; convert it to H.264");
    }
    libav::silence_logs();
    info.width = static_cast<int>(capture_.get(cv::CAP_PROP_FRAME_WIDTH));
    info.height = static_cast<int>(capture_.get(cv::CAP_PROP_FRAME_HEIGHT));
  }

  /// The decoder's own time of its last frame. OpenCV gives it in milliseconds, from which the tick is
  /// recovered; for the frames that leave the decoder after the last packet it gives 0.
  std::optional<std::int64_t> decoder_time() const {
    const double milliseconds = capture_.get(cv::CAP_PROP_POS_MSEC);
    if (stream_->start_time == AV_NOPTS_VALUE || milliseconds <= 0) return std::nullopt;
    return std::llround(milliseconds / 1000 / av_q2d(stream_->time_base));
  }

  /// The decoder's time where it is known, else the next of the packets' times.
  std::int64_t time_of_decoded_frame() {
    const std::int64_t earliest =
        frame_count_ > 0 ? last_time_ + 1 : std::numeric_limits<std::int64_t>::min();
    const auto decoded = decoder_time();
    if (decoded && *decoded >= earliest) {
      for (auto time = clock_->peek(); time && *time <= *decoded; time = clock_->peek()) clock_->pop();
      return *decoded;
    }
    while (const auto time = clock_->peek()) {
      clock_->pop();
      if (*time >= earliest) return *time;
    }
    return frame_count_ > 0 ? last_time_ + ticks_per_frame_ : 0;
  }

  void check_complete() {
    if (frame_count_ == 0) {
      throw InputError(path_.string() + " has a video track that cannot be decoded; convert it to H.264");
    }
    const std::int64_t undecoded = clock_->count_remaining();
    const std::int64_t expected = std::max({frame_count_ + undecoded, indexed_frames_, frames_by_duration()});
    if (expected - frame_count_ > tolerated_missing_frames) {
      throw InputError(path_.string() + " is damaged or cut off: decoding stopped after frame " +
                       std::to_string(frame_count_) + " of " + std::to_string(expected) +
                       "; repair it or cut it before that frame");
    }
  }

  std::int64_t frames_by_duration() const {
    const double missing_s = declared_track_duration(*stream_) -
                             static_cast<double>(last_time_ + ticks_per_frame_) * av_q2d(stream_->time_base);
    return frame_count_ + static_cast<std::int64_t>(missing_s * info.frame_rate.value());
  }

  fs::path path_;
  libav::Input input_;
  AVStream* stream_;
  std::optional<FrameClock> clock_;
  cv::VideoCapture capture_;
  std::int64_t indexed_frames_ = 0;
  std::int64_t ticks_per_frame_ = 1;
  std::int64_t frame_count_ = 0;
  std::int64_t first_time_ = 0;
  std::int64_t last_time_ = 0;
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
    if (next_ == images_.size()) return std::nullopt;
    const fs::path& path = images_[next_];
    VideoFrame frame;
    frame.image = next_ == 0 ? std::exchange(first_, cv::Mat()) : read_photo(path);
    if (frame.image.cols != info.width || frame.image.rows != info.height) {
      throw InputError(path.string() + " differs in size from the first picture of its folder (" +
                       std::to_string(info.width) + "x" + std::to_string(info.height) +
                       "); all frames must have one size");
    }
    frame.index = frame.timestamp = static_cast<std::int64_t>(next_++);
    return frame;
  }

 private:
  std::vector<fs::path> images_;
  cv::Mat first_;
  std::size_t next_ = 0;
};

std::unique_ptr<VideoReader::Source> open_source(const fs::path& path, Rational image_rate) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    std::vector<fs::path> images = pictures_in(path);
    if (images.empty()) throw InputError(path.string() + " is a folder without pictures");
    return std::make_unique<ImageSource>(std::move(images), image_rate);
  }
  if (is_picture_name(path)) return std::make_unique<ImageSource>(std::vector<fs::path>{path}, image_rate);
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

}  // namespace reenact
