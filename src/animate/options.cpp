#include "reenact/animate/options.h"

#include <unistd.h>

#include <algorithm>
#include <vector>

#include "animate/numbered_folder.h"
#include "reenact/core/error.h"
#include "reenact/files/atomic_file.h"
#include "reenact/files/media_files.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;

bool same_file(const fs::path& a, const fs::path& b) {
  std::error_code ignored;
  return fs::equivalent(a, b, ignored);
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

/// True for two spellings of one path, whether a file is there or not.
bool same_place(const fs::path& a, const fs::path& b) {
  std::error_code ignored;
  return same_file(a, b) || fs::weakly_canonical(a, ignored) == fs::weakly_canonical(b, ignored);
}

/// Whether a file or folder is to lie in the folder of a sequence, which is put in its place as a whole.
bool lies_in_sequence(const fs::path& target, const fs::path& sequence) {
  const fs::path place = written_path(target);
  return is_sequence_name(sequence) &&
         same_place(place.has_parent_path() ? place.parent_path() : ".", written_path(sequence));
}

/// Throws OutputError unless the ending is that of a video or, for a driver of one frame, of a picture.
void check_ending(const fs::path& output) {
  if (is_writable_video_name(output) || is_writable_picture_name(output)) return;
  throw OutputError(output.string() +
                    " has an ending that cannot be written; name a video .mp4, .mov, .mkv, .webm, .avi or "
                    ".gif, a picture .png or .jpg, a folder of pictures as frames/%06d.png");
}

/// Throws UsageError for a background that contradicts another option, OutputError for a transparent one that
/// the output cannot hold.
void check_background(const ReenactOptions& options) {
  const Background& background = options.background;
  if (background.kind == Background::Kind::keep) return;
  if (!options.layers) {
    throw UsageError("--background needs the photo in layers; leave out --layers off");
  }
  if (options.source.empty()) throw UsageError("--background needs a photo; name one with --source");
  if (background.kind == Background::Kind::transparent && !can_hold_alpha(options.output)) {
    throw OutputError(
        options.output.string() +
        " cannot hold a transparent background; name a video .mov or .webm, a picture .png, a folder "
        "of pictures as frames/%06d.png");
  }
}

/// Throws OutputError when a file of this name cannot be made, or exists and may not be replaced.
void check_place(const fs::path& output, bool overwrite) {
  std::error_code ignored;
  const fs::path target = written_path(output);
  require_replaceable(target);
  if (is_sequence_name(output)) {
    check_numbered_folder(output, overwrite);
  } else if (fs::is_directory(target, ignored)) {
    throw OutputError(target.string() + " is a folder; name a file");
  } else if (!overwrite && is_there(target)) {
    throw OutputError(target.string() + " exists already; give --overwrite to replace it");
  }
  const fs::path folder = target.has_parent_path() ? target.parent_path() : ".";
  if (!fs::is_directory(folder, ignored)) {
    throw OutputError("cannot write " + target.string() + ": there is no folder " + folder.string());
  }
  if (::access(folder.c_str(), W_OK) != 0) {
    throw OutputError("cannot write " + target.string() + ": the folder " + folder.string() +
                      " is read-only");
  }
}

}  // namespace

fs::path face_model_directory(const ReenactOptions& options) {
  return options.face_model.empty() ? options.models / "face_model" : options.face_model;
}

fs::path generator_directory(const ReenactOptions& options) {
  const fs::path named = options.models / options.generator;
  std::error_code ignored;
  return fs::is_directory(named, ignored) ? named : fs::path(options.generator);
}

fs::path side_by_side_path(const fs::path& output) {
  constexpr const char* addition = "_side_by_side";
  if (is_sequence_name(output)) return written_path(output).concat(addition) / output.filename();
  fs::path path = output;
  path.replace_filename(output.stem().string() + addition + output.extension().string());
  return path;
}

fs::path meshes_pattern(const ReenactOptions& options) {
  return options.save_meshes.has_extension() ? options.save_meshes : options.save_meshes / "%06d.obj";
}

void ReenactOptions::validate() const {
  if (driver.empty()) throw UsageError("no driver given; name one with --driver");
  if (source.empty() != output.empty()) {
    throw UsageError("--source and --output go together; name both, or neither with --save-motion");
  }
  if (source.empty() && save_motion.empty()) {
    throw UsageError("nothing to do; name --source and --output, or --save-motion");
  }
  if (is_recorded_name(driver) && side_by_side) {
    throw UsageError("--side-by-side needs the driver's pictures, but the driver is motion alone");
  }
  if (is_recorded_name(driver) && !save_motion.empty() && ending_of(driver) == ending_of(save_motion)) {
    throw UsageError("--save-motion has nothing to track or to convert: the driver is a " +
                     ending_of(driver) + " file already");
  }
  if (!save_meshes.empty() && source.empty()) {
    throw UsageError("--save-meshes writes the photo's mesh; name one with --source");
  }
  if (reference_frame && *reference_frame < 0) throw UsageError("--reference-frame must be 0 or more");
  if (view.size.value_or(0) != 0 && (*view.size < 64 || *view.size > 8192)) {
    throw UsageError("--size must lie between 64 and 8192 pixels");
  }
  if (!(detail >= 0 && detail <= 1)) throw UsageError("--detail must lie between 0 and 1");
  check_background(*this);
  if (crf < 0 || crf > 51) throw UsageError("--crf must lie between 0 and 51");
  for (const fs::path& input : {source, driver, background.file}) {
    if (!input.empty() && !is_there(input)) throw InputError("there is no file " + input.string());
  }
  std::vector<fs::path> targets;
  if (!output.empty()) {
    check_ending(output);
    targets.push_back(output);
    if (side_by_side) targets.push_back(side_by_side_path(output));
  }
  if (!save_motion.empty()) {
    if (!is_writable_motion_name(save_motion)) {
      throw OutputError(
          "motion is written as .jsonl or, for ARKit's blend shapes, as .csv; name it so instead of " +
          save_motion.string());
    }
    targets.push_back(save_motion);
  }
  if (!save_meshes.empty()) {
    const fs::path pattern = meshes_pattern(*this);
    if (!is_mesh_name(pattern) || !is_sequence_name(pattern)) {
      throw OutputError("meshes are written as .obj or .ply into a folder, such as meshes/%06d.ply, not as " +
                        pattern.string());
    }
    targets.push_back(pattern);
  }
  if (!report.empty()) targets.push_back(report);
  for (auto target = targets.begin(); target != targets.end(); ++target) {
    const fs::path place = written_path(*target);
    for (const fs::path& input : {source, driver, background.file}) {
      const bool lies_in = is_sequence_name(*target) && same_file(input.parent_path(), place);
      if (!input.empty() && (lies_in || same_file(input, place))) {
        throw UsageError("the output " + place.string() + (lies_in ? " holds" : " is") +
                         " one of the inputs; choose another name");
      }
    }
    for (const fs::path& other : targets) {
      if (lies_in_sequence(*target, other)) {
        throw UsageError("the output " + place.string() + " lies in the folder " +
                         written_path(other).string() +
                         ", which is made as a whole; choose another place for it");
      }
    }
    if (std::any_of(targets.begin(), target,
                    [&](const fs::path& other) { return same_place(written_path(other), place); })) {
      throw UsageError("two outputs are named " + place.string() + "; choose another name for one");
    }
    check_place(*target, overwrite);
  }
  strength.validate();
  fit.validate();
  tracking.validate();
}

}  // namespace reenact
