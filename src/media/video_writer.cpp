#include "reenact/media/video_writer.h"

extern "C" {
#include <libavutil/opt.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <limits>
#include <new>

#include "media/audio_copy.h"
#include "media/audio_transcode.h"
#include "media/libav.h"
#include "reenact/core/error.h"
#include "reenact/files/atomic_file.h"
#include "reenact/files/media_files.h"
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

/// How a file of a certain ending is written.
struct Container {
  const char* ending;
  const char* muxer;
  const char* video_encoder;
  const char* sound_encoder;  ///< for sound that the container cannot hold as it is
  bool holds_xmp;
};

constexpr std::array<Container, 4> containers = {{{".mp4", "mp4", "libx264", "aac", true},
                                                  {".mov", "mov", "libx264", "aac", true},
                                                  {".mkv", "matroska", "libx264", "aac", false},
                                                  {".webm", "webm", "libvpx-vp9", "libopus", false}}};

/// Throws OutputError for endings that cannot be written.
const Container& container_of(const fs::path& path) {
  const std::string ending = ending_of(path);
  for (const Container& container : containers) {
    if (ending == container.ending) return container;
  }
  throw OutputError(path.string() +
                    " has an ending that cannot be written; name the output .mp4, .mov, .mkv or .webm");
}

/// Whether a muxer writes a header for this sound, which not all do for what they are said to hold.
bool can_hold(const char* muxer_name, const AudioTrack& sound) {
  AVFormatContext* raw = nullptr;
  avformat_alloc_output_context2(&raw, nullptr, muxer_name, nullptr);
  if (raw == nullptr || avio_open_dyn_buf(&raw->pb) < 0) throw std::bad_alloc();
  AVStream* stream = avformat_new_stream(raw, nullptr);
  bool holds = stream != nullptr && avcodec_parameters_copy(stream->codecpar, &sound.codec()) >= 0;
  if (holds) {
    stream->codecpar->codec_tag = 0;
    stream->time_base = sound.time_base();
    holds = avformat_query_codec(raw->oformat, stream->codecpar->codec_id, FF_COMPLIANCE_NORMAL) == 1 &&
            avformat_write_header(raw, nullptr) >= 0;
  }
  std::uint8_t* written = nullptr;
  avio_close_dyn_buf(raw->pb, &written);
  av_free(written);
  raw->pb = nullptr;
  avformat_free_context(raw);
  return holds;
}

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

AVRational to_libav(Rational value) { return {static_cast<int>(value.num), static_cast<int>(value.den)}; }

/// Appends an XMP packet as the top-level 'uuid' box of XMP Specification Part 3 (MPEG-4).
void append_xmp_box(const fs::path& path, const std::string& packet) {
  constexpr std::array<unsigned char, 16> xmp_uuid = {0xBE, 0x7A, 0xCF, 0xCB, 0x97, 0xA9, 0x42, 0xE8,
                                                      0x9C, 0x71, 0x99, 0x94, 0x91, 0xE3, 0xAF, 0xAC};
  const auto size = static_cast<std::uint32_t>(8 + xmp_uuid.size() + packet.size());
  std::string box;
  for (int shift = 24; shift >= 0; shift -= 8) box += static_cast<char>((size >> shift) & 0xFF);
  box += "uuid";
  box.append(xmp_uuid.begin(), xmp_uuid.end());
  box += packet;
  std::ofstream file(path, std::ios::binary | std::ios::app);
  file.write(box.data(), static_cast<std::streamsize>(box.size()));
  file.close();
  if (!file) throw OutputError(path.string() + " cannot be written; is the disk full?");
}

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
      : path_(path), partial_(path), input_size_(size), options_(options) {
    options_.validate();
    container_ = &container_of(path_);
    check_place(path_, options_.overwrite);
    if (size.width < 2 || size.height < 2) throw OutputError("a video needs at least 2x2 pixels");
    libav::silence_logs();
    AVFormatContext* muxer = nullptr;
    avformat_alloc_output_context2(&muxer, nullptr, container_->muxer,
                                   libav::file_url(partial_.path()).c_str());
    if (muxer == nullptr) throw std::bad_alloc();
    muxer_.reset(muxer);
    open_encoder();
    open_audio();
    open_file();
    packet_ = libav::make_packet();
  }

  void write(const cv::Mat& image, std::int64_t timestamp, std::int64_t duration) {
    if (image.type() != CV_8UC3 || image.size() != input_size_) {
      throw OutputError("a frame for " + path_.string() + " differs in size or type from the video");
    }
    if (frame_count_ > 0 && timestamp - first_timestamp_ <= last_time_) {
      throw OutputError("the timestamps of the frames for " + path_.string() + " do not increase");
    }
    if (frame_count_ == 0) {
      first_timestamp_ = timestamp;
      if (audio_) audio_->start_at(options_.audio_start + timestamp, encoder_->time_base);
    }
    last_time_ = timestamp - first_timestamp_;
    last_duration_ = duration > 0 ? duration : ticks_per_frame_;
    ++frame_count_;
    convert(image);
    frame_->pts = last_time_;
    encode(frame_.get());
    copy_audio(last_time_);
  }

  void finish() {
    if (frame_count_ == 0) throw OutputError("no frame was written to " + path_.string());
    encode(nullptr);
    copy_audio(last_time_ + last_duration_);
    if (audio_ && audio_->read_error() != 0) {
      notes.push_back("the sound of " + options_.audio_from->string() + " could not be read to its end (" +
                      libav::error_text(audio_->read_error()) + "); what comes before that is kept");
    }
    check(av_write_trailer(muxer_.get()));
    check(avio_closep(&muxer_->pb));
    if (container_->holds_xmp) append_xmp_box(partial_.path(), synthetic_xmp_packet(options_.comment));
    partial_.flush();
  }

  void commit() { partial_.commit(); }

  std::vector<std::string> notes;

 private:
  void open_encoder() {
    const AVCodec* codec = avcodec_find_encoder_by_name(container_->video_encoder);
    if (codec == nullptr) {
      throw OutputError(std::string("this build of libavcodec lacks ") + container_->video_encoder +
                        "; install one that has it");
    }
    encoder_.reset(avcodec_alloc_context3(codec));
    frame_ = libav::make_frame();
    if (!encoder_) throw std::bad_alloc();
    AVCodecContext& encoder = *encoder_;
    encoder.width = input_size_.width & ~1;
    encoder.height = input_size_.height & ~1;
    encoder.pix_fmt = AV_PIX_FMT_YUV420P;
    encoder.time_base = to_libav(options_.time_base);
    encoder.framerate = to_libav(options_.frame_rate);
    encoder.colorspace = AVCOL_SPC_SMPTE170M;
    encoder.color_primaries = AVCOL_PRI_BT709;
    encoder.color_trc = AVCOL_TRC_BT709;
    encoder.color_range = AVCOL_RANGE_MPEG;
    encoder.chroma_sample_location = AVCHROMA_LOC_LEFT;
    encoder.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    encoder.max_b_frames = 0;
    if (codec->id == AV_CODEC_ID_H264) {
      set_x264_options(encoder);
    } else {
      set_vp9_options(encoder);
    }
    check(avcodec_open2(&encoder, codec, nullptr));
    ticks_per_frame_ =
        std::max<std::int64_t>(1, av_rescale_q(1, av_inv_q(encoder.framerate), encoder.time_base));
    frame_->format = encoder.pix_fmt;
    frame_->width = encoder.width;
    frame_->height = encoder.height;
    check(av_frame_get_buffer(frame_.get(), 0));
    scaler_.reset(sws_getContext(encoder.width, encoder.height, AV_PIX_FMT_BGR24, encoder.width,
                                 encoder.height, encoder.pix_fmt, SWS_BICUBIC | SWS_ACCURATE_RND, nullptr,
                                 nullptr, nullptr));
    if (!scaler_) throw std::bad_alloc();

    video_stream_ = avformat_new_stream(muxer_.get(), nullptr);
    if (video_stream_ == nullptr) throw std::bad_alloc();
    check(avcodec_parameters_from_context(video_stream_->codecpar, &encoder));
    video_stream_->time_base = encoder.time_base;
    video_stream_->avg_frame_rate = encoder.framerate;
  }

  void set_x264_options(AVCodecContext& encoder) const {
    av_opt_set_int(encoder.priv_data, "crf", options_.crf, 0);
    av_opt_set(encoder.priv_data, "preset", options_.preset.c_str(), 0);
    av_opt_set_int(encoder.priv_data, "mbtree", 0, 0);
  }

  void set_vp9_options(AVCodecContext& encoder) const {
    constexpr int worst_x264 = 51;
    constexpr int worst_vp9 = 63;
    av_opt_set_int(encoder.priv_data, "crf", options_.crf * worst_vp9 / worst_x264, 0);
    av_opt_set(encoder.priv_data, "deadline", "realtime", 0);
    av_opt_set_int(encoder.priv_data, "cpu-used", 6, 0);
    av_opt_set_int(encoder.priv_data, "row-mt", 1, 0);
    encoder.thread_count = 4;
  }

  void open_audio() {
    if (!options_.audio_from) return;
    auto copy = std::make_unique<AudioCopy>(*options_.audio_from);
    if (!copy->has_audio()) return;
    if (can_hold(container_->muxer, *copy)) {
      audio_ = std::move(copy);
    } else {
      const std::string codec = avcodec_get_name(copy->codec().codec_id);
      audio_ = AudioTranscode::open(*options_.audio_from, container_->sound_encoder);
      const std::string fate =
          audio_ ? std::string("encoded again as ") + avcodec_get_name(audio_->codec().codec_id)
                 : "left out, since it cannot be decoded either";
      notes.push_back("the sound of " + options_.audio_from->string() + " is " + codec + ", which " +
                      container_->ending + " cannot hold: " + fate);
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
    av_dict_set(&muxer_->metadata, "digital_source_type", digital_source_type, 0);
    AVDictionary* muxer_options = nullptr;
    if (container_->holds_xmp) av_dict_set(&muxer_options, "movflags", "+faststart+use_metadata_tags", 0);
    const int written = avformat_write_header(muxer_.get(), &muxer_options);
    av_dict_free(&muxer_options);
    check(written);
  }

  void convert(const cv::Mat& image) {
    check(av_frame_make_writable(frame_.get()));
    const std::array<const std::uint8_t*, 1> source = {image.data};
    const std::array<int, 1> stride = {static_cast<int>(image.step[0])};
    sws_scale(scaler_.get(), source.data(), stride.data(), 0, frame_->height, frame_->data, frame_->linesize);
  }

  /// Sends a frame (null: no more) and writes the packets that are ready.
  void encode(const AVFrame* frame) {
    check(avcodec_send_frame(encoder_.get(), frame));
    for (;;) {
      const int received = avcodec_receive_packet(encoder_.get(), packet_.get());
      if (received == AVERROR(EAGAIN) || received == AVERROR_EOF) return;
      check(received);
      packet_->duration = packet_->pts == last_time_ ? last_duration_ : ticks_per_frame_;
      packet_->stream_index = video_stream_->index;
      av_packet_rescale_ts(packet_.get(), encoder_->time_base, video_stream_->time_base);
      check(av_interleaved_write_frame(muxer_.get(), packet_.get()));
      check(muxer_->pb->error);
    }
  }

  void copy_audio(std::int64_t end) {
    if (!audio_) return;
    while (AVPacket* packet = audio_->next_before(end, encoder_->time_base)) {
      packet->stream_index = audio_stream_->index;
      packet->pos = -1;
      av_packet_rescale_ts(packet, audio_->time_base(), audio_stream_->time_base);
      check(av_interleaved_write_frame(muxer_.get(), packet));
    }
  }

  void check(int result) const {
    if (result < 0) throw OutputError(path_.string() + " cannot be written: " + libav::error_text(result));
  }

  fs::path path_;
  AtomicFile partial_;
  cv::Size input_size_;
  VideoWriterOptions options_;
  const Container* container_ = nullptr;
  std::unique_ptr<AVFormatContext, MuxerCloser> muxer_;
  libav::Codec encoder_;
  libav::Frame frame_;
  libav::Scaler scaler_;
  libav::Packet packet_;
  AVStream* video_stream_ = nullptr;
  AVStream* audio_stream_ = nullptr;
  std::unique_ptr<AudioTrack> audio_;
  std::int64_t ticks_per_frame_ = 1;
  std::int64_t frame_count_ = 0;
  std::int64_t first_timestamp_ = 0;
  std::int64_t last_time_ = 0;
  std::int64_t last_duration_ = 1;
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
