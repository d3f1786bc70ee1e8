#include "media/container.h"

#include <array>
#include <new>

#include "reenact/core/error.h"
#include "reenact/files/media_files.h"

namespace reenact {
namespace {

using Times = Container::Times;
using Mark = Container::Mark;

constexpr std::array<Container, 6> containers = {
    {{".mp4", "mp4", "libx264", nullptr, "aac", Times::exact, Mark::xmp_box},
     {".mov", "mov", "libx264", "prores_ks", "aac", Times::exact, Mark::xmp_box},
     {".mkv", "matroska", "libx264", nullptr, "aac", Times::exact, Mark::metadata},
     {".webm", "webm", "libvpx-vp9", "libvpx-vp9", "libopus", Times::exact, Mark::metadata},
     {".avi", "avi", "mjpeg", nullptr, "pcm_s16le", Times::constant_rate, Mark::metadata},
     {".gif", "gif", "gif", nullptr, nullptr, Times::hundredths, Mark::gif_extension}}};

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
