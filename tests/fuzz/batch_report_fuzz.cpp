#include <cstdint>
#include <string>

#include "batch/report.h"
#include "reenact/core/error.h"
#include "support/files.h"
#include "support/temporary_directory.h"

/// What an earlier run is said to have left, read to resume a batch of one item.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const reenact::testing::TemporaryDirectory directory;
  reenact::testing::write_text(directory / "a.mp4", "video");
  reenact::testing::write_text(directory / "report.jsonl",
                               std::string(reinterpret_cast<const char*>(bytes), size));
  const reenact::BatchItem item{"a.png", "b.mp4", directory / "a.mp4"};
  try {
    reenact::BatchReport report(directory.path(), {}, /*resume=*/true, /*overwrite=*/false);
    report.knows(item.output);
    report.finished(item, "key");
    report.started(item, "key");
    report.finish({item});
  } catch (const reenact::Error&) {
  }
  return 0;
}
