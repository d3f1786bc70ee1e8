#pragma once

#include <filesystem>

#include "reenact/animate/options.h"
#include "support/media_samples.h"
#include "support/temporary_directory.h"

namespace reenact::testing {

/// A real photo and a clip of `frames` frames in a folder of its own, and options that animate one by the
/// other with the unlearned generator.
class RunSample {
 public:
  explicit RunSample(int frames) {
    make_with_ffmpeg("-ss 2 -i '" + real_media("cap13_edit2.mp4").string() + "' -frames:v " +
                         std::to_string(frames) + " -an -c:v libx264 -pix_fmt yuv420p",
                     clip());
  }

  std::filesystem::path clip() const { return folder_ / "clip.mp4"; }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }
  const std::filesystem::path& folder() const { return folder_.path(); }

  ReenactOptions options() const {
    ReenactOptions options;
    options.models = std::filesystem::path(REENACT_SOURCE_DIR) / "models";
    options.generator = "geometry";
    options.source = real_media("joconde.jpg");
    options.driver = clip();
    options.output = folder_ / "result.mp4";
    options.view.crop_only = true;
    options.view.size = 128;
    return options;
  }

 private:
  TemporaryDirectory folder_;
};

}  // namespace reenact::testing
