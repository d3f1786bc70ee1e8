#include "reenact/files/crc32.h"

extern "C" {
#include <libavutil/crc.h>
}

namespace reenact {

std::uint32_t crc32_of(const std::vector<std::uint8_t>& bytes) {
  if (bytes.empty()) return 0;  // av_crc reads before an empty buffer
  constexpr std::uint32_t all_ones = 0xFFFFFFFFU;
  return av_crc(av_crc_get_table(AV_CRC_32_IEEE_LE), all_ones, bytes.data(), bytes.size()) ^ all_ones;
}

}  // namespace reenact
