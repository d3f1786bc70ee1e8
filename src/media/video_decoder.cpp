#include "media/video_decoder.h"

#include <algorithm>
#include <new>
#include <string>
#include <thread>

#include "media/declared_size.h"
#include "reenact/core/error.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t max_video_pixels = 100'000'000;
/// As decoders count them, in rows of blocks.
constexpr std::int64_t max_padded_pixels = max_video_pixels + 64 * std::int64_t{1 << 16};
constexpr unsigned max_decoder_threads = 4;

void check_size(const AVCodecParameters& codec, const fs::path& path) {
  if (std::int64_t{codec.width} * codec.height > max_video_pixels) {
    throw InputError(path.string() + " has pictures of " + std::to_string(codec.width) + "x" +
                     std::to_string(codec.height) + "; up to 100 megapixels can be read");
  }
}

libav::Codec open_decoder(const AVStream& stream, const fs::path& path) {
  const AVCodecParameters& parameters = *stream.codecpar;
  const std::string name = avcodec_get_name(parameters.codec_id);
  const AVCodec* decoder = avcodec_find_decoder(parameters.codec_id);
  libav::Codec codec(avcodec_alloc_context3(decoder));
  if (!codec) throw std::bad_alloc();
  codec->thread_count =
      static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, max_decoder_threads));
  codec->pkt_timebase = stream.time_base;
  codec->max_pixels = max_padded_pixels;
  if (decoder == nullptr || avcodec_parameters_to_context(codec.get(), &parameters) < 0 ||
      avcodec_open2(codec.get(), decoder, nullptr) < 0) {
    throw InputError(path.string() + " has pictures in " +
                     (parameters.codec_id == AV_CODEC_ID_NONE ? "an unknown format" : name) +
                     ", which cannot be decoded here; convert it to H.264");
  }
  return codec;
}

std::int64_t indexed_packets(const AVFormatContext& input, AVStream& stream) {
  const bool has_sample_table = std::string(input.iformat->name).find("mp4") != std::string::npos;
  if (!has_sample_table || stream.nb_frames == 0) return 0;
  std::int64_t count = 0;
  for (int i = 0; i < avformat_index_get_entries_count(&stream); ++i) {
    const AVIndexEntry* entry = avformat_index_get_entry(&stream, i);
    if ((entry->flags & AVINDEX_DISCARD_FRAME) == 0) ++count;
  }
  return count;
}

}  // namespace

VideoDecoder::VideoDecoder(const fs::path& path, const char* containers)
    : path_(path),
      input_(libav::open_input(path, containers)),
      stream_(libav::main_stream(*input_, AVMEDIA_TYPE_VIDEO)),
      packet_(libav::make_packet()),
      frame_(libav::make_frame()) {
  if (stream_ == nullptr) throw InputError(path.string() + " has no video track; give a video");
  check_size(*stream_->codecpar, path);
  codec_ = open_decoder(*stream_, path);
  declared_packets_ = indexed_packets(*input_, *stream_);
  // libav's decoder does not wait for it, and shows pictures on grey till then.
  awaits_key_picture_ = stream_->codecpar->codec_id == AV_CODEC_ID_HEVC;
  times_.emplace(*input_, *stream_);
}

AVFrame* VideoDecoder::next() {
  for (;;) {
    const int received = avcodec_receive_frame(codec_.get(), frame_.get());
    if (received >= 0) {
      has_given_frames_ = true;
      return frame_.get();
    }
    if (received == AVERROR_EOF) return nullptr;
    if (received == AVERROR(EAGAIN)) {
      feed();
    } else if (has_given_frames_) {
      ++undecodable_;
    }
  }
}

void VideoDecoder::feed() {
  const AVPacket* packet = read_packet() ? packet_.get() : nullptr;
  if (avcodec_send_packet(codec_.get(), packet) < 0 && has_given_frames_) ++undecodable_;
}

bool VideoDecoder::read_packet() {
  for (;;) {
    av_packet_unref(packet_.get());
    const int read = av_read_frame(input_.get(), packet_.get());
    if (read < 0) {
      has_read_error_ = read != AVERROR_EOF;
      return false;
    }
    if (packet_->stream_index != stream_->index) continue;
    times_->apply(*packet_);
    if ((packet_->flags & AV_PKT_FLAG_DISCARD) == 0) ++packets_;
    ends_in_part_ = (packet_->flags & AV_PKT_FLAG_CORRUPT) != 0;
    if (!is_before_key_picture()) return true;
  }
}

/// Of a recording that starts between two key pictures; not for ever, since a stream need not have any.
bool VideoDecoder::is_before_key_picture() {
  constexpr int longest_wait = 300;
  if (!awaits_key_picture_) return false;
  awaits_key_picture_ = (packet_->flags & AV_PKT_FLAG_KEY) == 0 && ++waited_ < longest_wait;
  return awaits_key_picture_;
}

bool VideoDecoder::is_cut_off() const {
  return has_read_error_ || ends_in_part_ || packets_ < declared_packets_ || lacks_declared_bytes(path_);
}

libav::Frame decode_picture(AVCodecID id, const std::string& bytes) {
  libav::prepare();
  const AVCodec* decoder = avcodec_find_decoder(id);
  const libav::Codec codec(avcodec_alloc_context3(decoder));
  const libav::Packet packet = libav::make_packet();
  libav::Frame frame = libav::make_frame();
  if (!codec || av_new_packet(packet.get(), static_cast<int>(bytes.size())) < 0) throw std::bad_alloc();
  std::copy(bytes.begin(), bytes.end(), packet->data);
  codec->thread_count = 1;
  codec->max_pixels = max_padded_pixels;
  codec->err_recognition = AV_EF_EXPLODE;
  const bool decoded = avcodec_open2(codec.get(), decoder, nullptr) >= 0 &&
                       avcodec_send_packet(codec.get(), packet.get()) >= 0 &&
                       avcodec_receive_frame(codec.get(), frame.get()) >= 0;
  return decoded ? std::move(frame) : nullptr;
}

}  // namespace reenact
