#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "media/continuous_times.h"
#include "media/libav.h"

namespace reenact {

/// Decodes the main picture track of a file, frame by frame in the order of display.
///
/// Whatever can be decoded is given; what cannot is counted. Packets before the first picture do not count:
/// a recording cut between key frames begins with some that nothing can decode.
class VideoDecoder {
 public:
  /// Throws InputError when the file has no picture track, none that libav can decode, or pictures of over
  /// 100 megapixels.
  explicit VideoDecoder(const std::filesystem::path& path, const char* containers = libav::video_containers);

  AVFormatContext& input() const { return *input_; }
  AVStream& stream() const { return *stream_; }

  /// Packets that the index of an MP4 or QuickTime file lists for display, or 0 without a complete index.
  std::int64_t declared_packets() const { return declared_packets_; }

  /// The next frame, which belongs to this object until the next call, or null at the end.
  AVFrame* next();

  std::int64_t undecodable() const { return undecodable_; }  ///< packets that gave an error
  bool is_cut_off() const;  ///< at the end: the file is shorter than it says it is

 private:
  void feed();
  bool read_packet();
  bool is_before_key_picture();

  std::filesystem::path path_;
  libav::Input input_;
  AVStream* stream_;
  libav::Codec codec_;
  std::optional<ContinuousTimes> times_;
  libav::Packet packet_;
  libav::Frame frame_;
  std::int64_t declared_packets_ = 0;
  std::int64_t packets_ = 0;
  bool awaits_key_picture_ = false;
  int waited_ = 0;  ///< packets
  bool has_read_error_ = false;
  bool ends_in_part_ = false;  ///< the last packet lacks bytes
  std::int64_t undecodable_ = 0;
  bool has_given_frames_ = false;
};

/// The picture that the bytes of a file are, decoded without a container; null when they are none. The size
/// that the file states must have been checked.
libav::Frame decode_picture(AVCodecID codec, const std::string& bytes);

}  // namespace reenact
