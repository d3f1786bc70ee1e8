#include "media/container.h"

#include <array>
#include <cstdint>
#include <limits>
#include <new>

#include "reenact/core/error.h"
#include "reenact/files/media_files.h"

namespace reenact {
namespace {

using Times = Container::Times;
using Mark = Container::Mark;

/// libavformat's for MP4 and for AVI, whose pictures all follow each other in step; nothing may overflow.
constexpr std::int64_t mp4_gap = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t avi_gap = 60'000;
constexpr std::int64_t any_gap = std::numeric_limits<std::int64_t>::max() / 1'000'000'000;

constexpr std::array<Container, 6> containers = {
    {{".mp4", "mp4", "libx264", nullptr, "aac", Times::exact, Mark::xmp_box, mp4_gap},
     {".mov", "mov", "libx264", "prores_ks", "aac", Times::exact, Mark::xmp_box, mp4_gap},
     {".mkv", "matroska", "libx264", nullptr, "aac", Times::exact, Mark::metadata, any_gap},
     {".webm", "webm", "libvpx-vp9", "libvpx-vp9", "libopus", Times::exact, Mark::metadata, any_gap},
     {".avi", "avi", "mjpeg", nullptr, "pcm_s16le", Times::constant_rate, Mark::metadata, avi_gap},
     {".gif", "gif", "gif", nullptr, nullptr, Times::hundredths, Mark::gif_extension, any_gap}}};

}  // namespace

bool Container::can_hold(const AudioTrack& sound) const {
  if (times != Times::exact) return false;
  AVFormatContext* raw = nullptr;
  avformat_alloc_output_context2(&raw, nullptr, muxer, nullptr);
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

const Container& container_of(const std::filesystem::path& path) {
  const std::string ending = ending_of(path);
  for (const Container& container : containers) {
    if (ending == container.ending) return container;
  }
  throw OutputError(path.string() +
                    " has an ending that cannot be written; name the output .mp4, .mov, .mkv, .webm, .avi or "
                    ".gif");
}

}  // namespace reenact
