#include "animate/numbered_folder.h"

#include <fstream>
#include <system_error>
#include <utility>

#include "reenact/core/error.h"
#include "reenact/files/media_files.h"

namespace reenact {

namespace fs = std::filesystem;

void check_numbered_folder(const fs::path& pattern, bool overwrite) {
  const fs::path folder = written_path(pattern);
  const bool is_mesh = is_mesh_name(pattern);
  const std::string kind = is_mesh ? "meshes" : "pictures";
  std::error_code ignored;
  if (folder.empty()) {
    throw OutputError("name a folder for the " + kind + " " + pattern.string() + ", such as frames/" +
                      pattern.string());
  }
  if (!fs::exists(folder, ignored)) return;
  if (!fs::is_directory(folder, ignored)) throw OutputError(folder.string() + " is no folder");
  fs::directory_iterator entries(folder, ignored);
  if (!overwrite && entries != fs::directory_iterator()) {
    throw OutputError("the folder " + folder.string() +
                      " holds files already; give --overwrite to replace it");
  }
  for (const fs::directory_entry& entry : entries) {
    if (is_mesh ? is_mesh_name(entry.path()) : is_picture_name(entry.path())) continue;
    throw OutputError("the folder " + folder.string() + " is not replaced, since it holds more than " + kind +
                      " (" + entry.path().filename().string() + "); choose another name");
  }
}

NumberedFolder::NumberedFolder(fs::path pattern, bool overwrite)
    : pattern_(std::move(pattern)), folder_(written_path(pattern_)), overwrite_(overwrite), target_(folder_) {
  check_numbered_folder(pattern_, overwrite_);
  std::error_code error;
  if (!fs::create_directory(target_.path(), error)) {
    throw OutputError("the folder " + folder_.string() + " cannot be made: " + error.message());
  }
}

fs::path NumberedFolder::next_name() const { return file_of_sequence(pattern_, count_); }

void NumberedFolder::add(const std::string& bytes) {
  std::ofstream stream(target_.path() / next_name(), std::ios::binary);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (!stream) throw OutputError("a file of " + folder_.string() + " cannot be written; is the disk full?");
  ++count_;
}

void NumberedFolder::commit() {
  check_numbered_folder(pattern_, overwrite_);
  target_.commit();
}

}  // namespace reenact
