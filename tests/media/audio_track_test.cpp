#include "media/audio_track.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "support/media_samples.h"
#include "support/temporary_directory.h"

namespace reenact {
namespace {

/// A file in memory of which only a part can be read, as on a damaged disk.
struct Disk {
  std::string bytes;
  std::size_t readable = 0;
  std::size_t position = 0;

  static int read(void* opaque, std::uint8_t* target, int size) {
    auto& disk = *static_cast<Disk*>(opaque);
    if (disk.position == disk.bytes.size()) return AVERROR_EOF;
    if (disk.position >= disk.readable) return AVERROR(EIO);
    const std::size_t count = std::min(static_cast<std::size_t>(size), disk.readable - disk.position);
    std::memcpy(target, disk.bytes.data() + disk.position, count);
    disk.position += count;
    return static_cast<int>(count);
  }
};

/// Reads packets and throws them away.
class Drain final : public AudioTrack {
 public:
  const AVCodecParameters& codec() const override { return parameters_; }
  AVRational time_base() const override { return {1, 1}; }
  void start_at(std::int64_t, AVRational) override {}
  AVPacket* next_before(std::int64_t, AVRational) override { return nullptr; }

  int packets_of(Disk& disk) {
    AVIOContext* io = avio_alloc_context(static_cast<unsigned char*>(av_malloc(4096)), 4096, 0, &disk,
                                         &Disk::read, nullptr, nullptr);
    AVFormatContext* input = avformat_alloc_context();
    input->pb = io;
    EXPECT_EQ(avformat_open_input(&input, nullptr, av_find_input_format("wav"), nullptr), 0);
    const libav::Packet packet = libav::make_packet();
    int count = 0;
    for (; read(*input, *packet); ++count) av_packet_unref(packet.get());
    avformat_close_input(&input);
    av_freep(&io->buffer);
    avio_context_free(&io);
    return count;
  }

 private:
  AVCodecParameters parameters_{};
};

TEST(AudioTrack, TellsAFileThatCannotBeReadOnFromItsEnd) {
  const testing::TemporaryDirectory folder;
  testing::make_with_ffmpeg("-f lavfi -i sine=duration=4", folder / "tone.wav");
  Disk whole{testing::read_file(folder / "tone.wav"), 0, 0};
  whole.readable = whole.bytes.size();
  Disk damaged{whole.bytes, whole.bytes.size() / 2, 0};
  Drain of_whole;
  const int all = of_whole.packets_of(whole);
  EXPECT_EQ(of_whole.read_error(), 0);
  Drain of_damaged;
  EXPECT_LT(of_damaged.packets_of(damaged), all);
  EXPECT_EQ(of_damaged.read_error(), AVERROR(EIO));
}

}  // namespace
}  // namespace reenact
