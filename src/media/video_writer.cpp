#include "reenact/media/video_writer.h"

extern "C" {
#include <libavutil/common.h>
#include <libavutil/opt.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <new>

#include "media/audio_copy.h"
#include "media/audio_transcode.h"
#include "media/container.h"
#include "media/libav.h"
#include "media/video_encoder.h"
#include "media/video_mark.h"
#include "reenact/core/error.h"
#include "reenact/files/atomic_file.h"
#include "reenact/files/text_table.h"
#include "reenact/media/synthetic_mark.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;

struct MuxerCloser {
  void operator()(AVFormatContext* context) const {
    avio_closep(&context->pb);
    avformat_free_context(context);
  }
};

void check_place(const fs::path& path, bool overwrite) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) throw OutputError(path.string() + " is a folder; name a file");
  if (!overwrite && fs::exists(path, ignored)) {
    throw OutputError(path.string() + " exists; allow overwriting or choose another name");
  }
}

bool is_positive_int32(std::int64_t value) {
  return value > 0 && value <= std::numeric_limits<std::int32_t>::max();
}

/// Of MPEG; MP4 counts up to 2³¹ of its ticks between two pictures, more than six hours.
constexpr AVRational usual_clock = {1, 90'000};

/// From a microsecond a tick, at which MP4 counts up to half an hour, to a second.
bool is_usual_clock(AVRational clock) {
  return av_cmp_q(clock, {1, 1'000'000}) >= 0 && av_cmp_q(clock, {1, 1}) <= 0;
}

AVRational to_libav(Rational value) { return {static_cast<int>(value.num), static_cast<int>(value.den)}; }

}  // namespace

cv::Size playable_size(cv::Size size) {
  constexpr std::int64_t most_macroblocks = 36864;
  constexpr int longest_side = 8688;
  const auto macroblocks = [](cv::Size s) {
    return std::int64_t{(s.width + 15) / 16} * ((s.height + 15) / 16);
  };
  const auto is_playable = [&](cv::Size s) {
    return std::max(s.width, s.height) <= longest_side && macroblocks(s) <= most_macroblocks;
  };
  if (is_playable(size)) return size;
  double scale = std::min(static_cast<double>(longest_side) / std::max(size.width, size.height),
                          std::sqrt(256.0 * most_macroblocks / size.width / size.height));
  constexpr double step = 0.999;
  for (;; scale *= step) {
    const auto even = [&](int side) { return std::max(2, 2 * static_cast<int>(side * scale / 2)); };
    const cv::Size smaller(even(size.width), even(size.height));
    if (is_playable(smaller)) return smaller;
  }
}

void VideoWriterOptions::validate() const {
  constexpr std::array<const char*, 10> presets = {"ultrafast", "superfast", "veryfast", "faster",
                                                   "fast",      "medium",    "slow",     "slower",
                                                   "veryslow",  "placebo"};
  if (std::find(presets.begin(), presets.end(), preset) == presets.end()) {
    throw UsageError("preset is \"" + preset + "\"; it must be one of x264's, ultrafast to placebo");
  }
  if (crf < 0 || crf > 51) throw UsageError("crf is " + std::to_string(crf) + "; it must lie in 0 to 51");
  if (!is_positive_int32(frame_rate.num) || !is_positive_int32(frame_rate.den)) {
    throw UsageError("frame_rate must be a positive ratio of 32-bit numbers");
  }
  if (!is_positive_int32(time_base.num) || !is_positive_int32(time_base.den)) {
    throw UsageError("time_base must be a positive ratio of 32-bit numbers");
  }
}

struct VideoWriter::Impl {
  Impl(const fs::path& path, cv::Size size, const VideoWriterOptions& options)
      : path_(path),
        partial_(path, options.overwrite ? AtomicFile::Existing::replaced : AtomicFile::Existing::kept),
        input_size_(size),
        options_(options) {
    options_.validate();
    container_ = &container_of(path_);
    if (options_.alpha && container_->alpha_encoder == nullptr) {
      throw OutputError(path_.string() + " cannot hold alpha; name the output .mov or .webm");
    }
    check_place(path_, options_.overwrite);
    if (size.width < 2 || size.height < 2) throw OutputError("a video needs at least 2x2 pixels");
    libav::prepare();
    AVFormatContext* muxer = nullptr;
    avformat_alloc_output_context2(&muxer, nullptr, container_->muxer,
                                   libav::file_url(partial_.path()).c_str());
    if (muxer == nullptr) throw std::bad_alloc();
    muxer_.reset(muxer);
    open_encoder();
    open_audio();
    open_file();
  }

  void write(const cv::Mat& image, std::int64_t timestamp, std::int64_t duration) {
    if (image.type() != (options_.alpha ? CV_8UC4 : CV_8UC3) || image.size() != input_size_) {
      throw OutputError("a frame for " + path_.string() + " differs in size or type from the video");
    }
    if (frame_count_ > 0 && timestamp - first_timestamp_ <= last_time_) {
      throw OutputError("the timestamps of the frames for " + path_.string() + " do not increase");
    }
    if (frame_count_ == 0) {
      first_timestamp_ = timestamp;
      if (audio_) audio_->start_at(av_sat_add64(options_.audio_start, timestamp), time_base_);
    }
    const std::int64_t time = timestamp - first_timestamp_;
    require_gap(time - last_time_);
    last_time_ = time;
    last_duration_ = duration > 0 ? duration : av_rescale_q(1, av_inv_q(frame_rate_), time_base_);
    last_duration_ = std::clamp<std::int64_t>(last_duration_, 1, longest_gap_);
    ++frame_count_;
    const std::int64_t tick = to_ticks(last_time_);
    if (frame_count_ == 1 || tick >= last_tick_ + least_ticks_) {
      last_tick_ = tick;
      encoder_->send(image, tick);
      mux_pictures();
    } else {
      ++dropped_;
    }
    copy_audio(last_time_);
  }

  void finish() {
    if (frame_count_ == 0) throw OutputError("no frame was written to " + path_.string());
    hold_last_picture();
    encoder_->send_end();
    mux_pictures();
    copy_audio(last_time_ + last_duration_);
    if (audio_ && audio_->read_error() != 0) {
      notes.push_back("the sound of " + options_.audio_from->string() + " could not be read to its end (" +
                      libav::error_text(audio_->read_error()) + "); what comes before that is kept");
    }
    if (refused_sounds_ > 0) {
      notes.push_back("the sound of " + options_.audio_from->string() +
                      " is damaged: " + std::to_string(refused_sounds_) + " of its packets are left out");
    }
    if (dropped_ > 0) {
      notes.push_back(std::to_string(dropped_) + " of " + std::to_string(frame_count_) +
                      " frames follow another sooner than " + container_->ending +
                      " can show them, and are left out");
    }
    check(av_write_trailer(muxer_.get()));
    check(avio_closep(&muxer_->pb));
    mark();
    partial_.flush();
  }

  void commit() { partial_.commit(); }

  std::vector<std::string> notes;

 private:
  /// In the encoder's time base.
  std::int64_t to_ticks(std::int64_t time) const {
    return av_rescale_q(time, time_base_, encoder_->context().time_base);
  }

  void open_encoder() {
    time_base_ = to_libav(options_.time_base);
    frame_rate_ = to_libav(options_.frame_rate);
    AVRational stored = time_base_;
    if (container_->times == Container::Times::constant_rate) stored = av_inv_q(frame_rate_);
    if (container_->times == Container::Times::hundredths) {
      stored = {1, 100};
      least_ticks_ = 2;
    }
    if (container_->times == Container::Times::exact && !is_usual_clock(stored)) stored = usual_clock;
    longest_gap_ = av_rescale_q_rnd(container_->longest_gap, stored, time_base_, AV_ROUND_DOWN);
    require_gap(1);
    encoder_.emplace(path_, options_.alpha ? container_->alpha_encoder : container_->encoder, input_size_,
                     options_, stored, (muxer_->oformat->flags & AVFMT_GLOBALHEADER) != 0);
    video_stream_ = avformat_new_stream(muxer_.get(), nullptr);
    if (video_stream_ == nullptr) throw std::bad_alloc();
    check(avcodec_parameters_from_context(video_stream_->codecpar, &encoder_->context()));
    video_stream_->time_base = stored;
    video_stream_->avg_frame_rate = frame_rate_;
    if (options_.alpha) av_dict_set(&video_stream_->metadata, "alpha_mode", "1", 0);
  }

  void open_audio() {
    if (!options_.audio_from) return;
    auto copy = std::make_unique<AudioCopy>(*options_.audio_from);
    if (!copy->has_audio()) return;
    const std::string sound = "the sound of " + options_.audio_from->string();
    if (container_->sound_encoder == nullptr) {
      notes.push_back(sound + " is left out: " + container_->ending + " holds none");
      return;
    }
    if (container_->can_hold(*copy)) {
      audio_ = std::move(copy);
    } else {
      const std::string codec = avcodec_get_name(copy->codec().codec_id);
      audio_ = AudioTranscode::open(*options_.audio_from, container_->sound_encoder);
      const std::string fate =
          audio_ ? std::string("encoded again as ") + avcodec_get_name(audio_->codec().codec_id)
                 : "left out, since it cannot be decoded either";
      notes.push_back(sound + " is " + codec + ", which " + container_->ending +
                      " cannot hold in step: " + fate);
    }
    if (!audio_) return;
    audio_stream_ = avformat_new_stream(muxer_.get(), nullptr);
    if (audio_stream_ == nullptr) throw std::bad_alloc();
    check(avcodec_parameters_copy(audio_stream_->codecpar, &audio_->codec()));
    audio_stream_->codecpar->codec_tag = 0;
    audio_stream_->time_base = audio_->time_base();
  }

  void open_file() {
    check(avio_open(&muxer_->pb, muxer_->url, AVIO_FLAG_WRITE));
    av_dict_set(&muxer_->metadata, "comment", options_.comment.c_str(), 0);
    // "Source form", which AVI knows, comes nearest to it.
    const bool is_avi = container_->times == Container::Times::constant_rate;
    av_dict_set(&muxer_->metadata, is_avi ? "ISRF" : "digital_source_type", digital_source_type, 0);
    AVDictionary* muxer_options = nullptr;
    if (container_->mark == Container::Mark::xmp_box) {
      av_dict_set(&muxer_options, "movflags", "+faststart+use_metadata_tags", 0);
    }
    const int written = avformat_write_header(muxer_.get(), &muxer_options);
    av_dict_free(&muxer_options);
    check(written);
  }

  void mark() {
    const std::string packet = synthetic_xmp_packet(options_.comment);
    if (container_->mark == Container::Mark::xmp_box) append_xmp_box(partial_.path(), packet);
    if (container_->mark == Container::Mark::gif_extension) insert_gif_xmp(partial_.path(), packet);
  }

  /// Throws OutputError where the container has no number for this time between two pictures.
  void require_gap(std::int64_t gap) const {
    if (gap <= longest_gap_) return;
    throw OutputError("a picture that stands for " + fixed(static_cast<double>(gap) * av_q2d(time_base_), 0) +
                      " s is too long for " + path_.string() + "; is the driver's clock right?");
  }

  /// Makes the last picture stand as long as it was told where the container has no durations.
  void hold_last_picture() {
    const std::int64_t end = std::max(to_ticks(last_time_ + last_duration_), last_tick_ + least_ticks_);
    if (container_->times == Container::Times::constant_rate && end - 1 > last_tick_) {
      encoder_->send_again(end - 1);
    }
    if (container_->times == Container::Times::hundredths) {
      constexpr std::int64_t longest = 65535;
      av_opt_set_int(muxer_->priv_data, "final_delay", std::min(end - last_tick_, longest), 0);
    }
  }

  /// Writes the packets that are ready.
  void mux_pictures() {
    while (AVPacket* packet = encoder_->receive()) {
      packet->duration = packet->pts == last_tick_ ? to_ticks(last_duration_) : encoder_->ticks_per_frame();
      packet->stream_index = video_stream_->index;
      av_packet_rescale_ts(packet, encoder_->context().time_base, video_stream_->time_base);
      check(av_interleaved_write_frame(muxer_.get(), packet));
      check(muxer_->pb->error);
    }
  }

  void copy_audio(std::int64_t end) {
    if (!audio_) return;
    while (AVPacket* packet = audio_->next_before(end, time_base_)) {
      packet->stream_index = audio_stream_->index;
      packet->pos = -1;
      av_packet_rescale_ts(packet, audio_->time_base(), audio_stream_->time_base);
      const int written = av_interleaved_write_frame(muxer_.get(), packet);
      const bool is_refused = written == AVERROR_INVALIDDATA || written == AVERROR(EINVAL);
      if (is_refused) {
        ++refused_sounds_;
      } else {
        check(written);
      }
    }
  }

  void check(int result) const { check_output(result, path_); }

  fs::path path_;
  AtomicFile partial_;
  cv::Size input_size_;
  VideoWriterOptions options_;
  const Container* container_ = nullptr;
  std::unique_ptr<AVFormatContext, MuxerCloser> muxer_;
  std::optional<VideoEncoder> encoder_;
  AVStream* video_stream_ = nullptr;
  AVStream* audio_stream_ = nullptr;
  std::unique_ptr<AudioTrack> audio_;
  AVRational time_base_{};
  AVRational frame_rate_{};
  std::int64_t least_ticks_ = 1;  ///< between two pictures
  std::int64_t longest_gap_ = 0;  ///< between two pictures, in time_base_
  std::int64_t frame_count_ = 0;
  std::int64_t dropped_ = 0;
  std::int64_t refused_sounds_ = 0;  ///< packets that the container does not take
  std::int64_t first_timestamp_ = 0;
  std::int64_t last_time_ = 0;      ///< since the first frame, in time_base_
  std::int64_t last_duration_ = 1;  ///< in time_base_
  std::int64_t last_tick_ = 0;      ///< of the last picture encoded
};

VideoWriter::VideoWriter(const fs::path& path, cv::Size size, const VideoWriterOptions& options)
    : impl_(std::make_unique<Impl>(path, size, options)) {}
VideoWriter::~VideoWriter() = default;
VideoWriter::VideoWriter(VideoWriter&&) noexcept = default;
VideoWriter& VideoWriter::operator=(VideoWriter&&) noexcept = default;

void VideoWriter::write(const cv::Mat& image, std::int64_t timestamp, std::int64_t duration) {
  impl_->write(image, timestamp, duration);
}
void VideoWriter::finish() { impl_->finish(); }
void VideoWriter::commit() { impl_->commit(); }
const std::vector<std::string>& VideoWriter::notes() const { return impl_->notes; }

}  // namespace reenact
