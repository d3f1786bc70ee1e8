#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libswscale/swscale.h>
}

#include <filesystem>
#include <memory>
#include <string>

namespace reenact::libav {

struct InputCloser {
  void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
};
struct CodecFreer {
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
};
struct PacketFreer {
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};
struct FrameFreer {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
struct ScalerFreer {
  void operator()(SwsContext* context) const { sws_freeContext(context); }
};
using Input = std::unique_ptr<AVFormatContext, InputCloser>;
using Codec = std::unique_ptr<AVCodecContext, CodecFreer>;
using Packet = std::unique_ptr<AVPacket, PacketFreer>;
using Frame = std::unique_ptr<AVFrame, FrameFreer>;
using Scaler = std::unique_ptr<SwsContext, ScalerFreer>;

/// Containers of video. Playlists and scripts, which name other files, are not among them.
inline constexpr const char* video_containers =
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,h264,hevc,m4v,ivf,mxf,dv,"
    "gif,apng,yuv4mpegpipe";

/// Stops libav from writing to the terminal, and from taking more memory at once than any picture needs. To
/// be called before anything else of it.
void prepare();

/// A path as a libav URL that no protocol prefix inside it can change.
std::string file_url(const std::filesystem::path& path);

std::string error_text(int code);

Packet make_packet();
Frame make_frame();

/// Opens a local media file of one of the containers named and reads its headers. Throws InputError.
Input open_input(const std::filesystem::path& path, const char* containers = video_containers);

/// The stream of a kind that a player would choose: of those that are neither cover nor a single picture
/// beside a moving one, the first that is marked as default, else the first. Null when there is none.
AVStream* main_stream(const AVFormatContext& input, AVMediaType type);

/// Makes the demuxer skip every stream but one.
void select_only(AVFormatContext& input, const AVStream& stream);

}  // namespace reenact::libav
