#include "media/libav.h"

#include <array>
#include <cerrno>
#include <new>
#include <system_error>

#include "reenact/core/error.h"

namespace reenact::libav {
namespace {

void ignore_log(void*, int, const char*, va_list) {}

/// Of one block: the largest picture that can be read, four channels of 16 bits. Else two kB that claim
/// 89 million samples take 3 GB.
constexpr std::size_t largest_allocation = 850'000'000;

}  // namespace

void prepare() {
  av_log_set_callback(ignore_log);
  av_max_alloc(largest_allocation);
}

std::string file_url(const std::filesystem::path& path) { return "file:" + path.string(); }

std::string error_text(int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(code, text.data(), text.size());
  return text.data();
}

Packet make_packet() {
  Packet packet(av_packet_alloc());
  if (!packet) throw std::bad_alloc();
  return packet;
}

Frame make_frame() {
  Frame frame(av_frame_alloc());
  if (!frame) throw std::bad_alloc();
  return frame;
}

Input open_input(const std::filesystem::path& path, const char* containers) {
  prepare();
  std::error_code failure;
  const bool exists = std::filesystem::exists(path, failure);
  if (failure) throw InputError(path.string() + " cannot be read: " + failure.message());
  if (!exists) throw InputError("no such file: " + path.string());
  if (!std::filesystem::is_regular_file(path, failure)) {
    throw InputError(path.string() +
                     " is not a file; save what it gives to one, which is read more than once");
  }
  if (std::filesystem::file_size(path, failure) == 0) throw InputError(path.string() + " is empty");
  AVDictionary* options = nullptr;
  av_dict_set(&options, "format_whitelist", containers, 0);
  av_dict_set(&options, "protocol_whitelist", "file", 0);
  AVFormatContext* raw = nullptr;
  const int opened = avformat_open_input(&raw, file_url(path).c_str(), nullptr, &options);
  av_dict_free(&options);
  Input input(raw);
  if (opened == AVERROR(EACCES)) {
    throw InputError(path.string() + " cannot be read: " + error_text(opened));
  }
  if (opened < 0 || avformat_find_stream_info(input.get(), nullptr) < 0) {
    throw InputError(path.string() + " is not a video, or is damaged or cut off; check that it plays");
  }
  return input;
}

AVStream* main_stream(const AVFormatContext& input, AVMediaType type) {
  AVStream* best = nullptr;
  int best_rank = 0;
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    AVStream* stream = input.streams[i];
    const bool is_cover = (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
    if (stream->codecpar->codec_type != type || is_cover) continue;
    const bool is_single_picture = type == AVMEDIA_TYPE_VIDEO && stream->nb_frames == 1;
    const bool is_default = (stream->disposition & AV_DISPOSITION_DEFAULT) != 0;
    const int rank = 1 + (is_default ? 1 : 0) + (is_single_picture ? 0 : 2);
    if (rank > best_rank) {
      best = stream;
      best_rank = rank;
    }
  }
  return best;
}

void select_only(AVFormatContext& input, const AVStream& stream) {
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    if (input.streams[i] != &stream) input.streams[i]->discard = AVDISCARD_ALL;
  }
}

}  // namespace reenact::libav
