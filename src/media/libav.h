#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
}

#include <filesystem>
#include <memory>
#include <string>

namespace reenact::libav {

struct InputCloser {
  void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
};
struct PacketFreer {
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};
using Input = std::unique_ptr<AVFormatContext, InputCloser>;
using Packet = std::unique_ptr<AVPacket, PacketFreer>;

/// Stops libav (and OpenCV's reader, which uses it) from writing to the terminal.
void silence_logs();

/// A path as a libav URL that no protocol prefix inside it can change.
std::string file_url(const std::filesystem::path& path);

std::string error_text(int code);

Packet make_packet();

/// Opens a local media file and reads its headers. Only containers of video are accepted: playlists and
/// scripts, which name other files, are not. Throws InputError.
Input open_input(const std::filesystem::path& path);

/// The first stream of a kind, cover pictures not counted; null when there is none.
AVStream* first_stream(const AVFormatContext& input, AVMediaType type);

/// Makes the demuxer skip every stream but one.
void select_only(AVFormatContext& input, const AVStream& stream);

}  // namespace reenact::libav
