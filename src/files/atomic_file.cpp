#include "reenact/files/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <system_error>
#include <utility>

#include "reenact/core/error.h"
#include "reenact/files/sha256.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;

constexpr const char* partial_ending = ".part";
/// Of a final name, so that the hidden one, which is longer, is a name as well (at most 255 bytes).
constexpr std::size_t longest_kept_name = 180;
constexpr std::size_t unique_digits = 16;
constexpr const char* hexadecimal_digits = "0123456789abcdef";

/// What all hidden names of a file start with.
std::string hidden_prefix(const fs::path& final_path) {
  std::string name = final_path.filename().string();
  if (name.size() > longest_kept_name) {
    name = name.substr(0, longest_kept_name) + "-" + sha256_of_bytes(name).substr(0, 16);
  }
  return "." + name + ".";
}

/// A name that nobody else takes, on another machine that shares the folder either, and that nobody can
/// foresee.
fs::path partial_path_for(const fs::path& final_path) {
  std::random_device random;
  std::string unique;
  for (std::size_t i = 0; i < unique_digits; ++i) unique += hexadecimal_digits[random() % 16U];
  return final_path.parent_path() / (hidden_prefix(final_path) + unique + partial_ending);
}

/// Whether a name ends as those of partial_path_for do.
bool is_partial_name(const std::string& name) {
  const std::string ending = partial_ending;
  if (name.size() <= 1 + unique_digits + ending.size()) return false;
  const std::size_t unique = name.size() - ending.size() - unique_digits;
  return name.front() == '.' && name[unique - 1] == '.' &&
         name.find_first_not_of(hexadecimal_digits, unique) == name.size() - ending.size() &&
         name.compare(name.size() - ending.size(), ending.size(), ending) == 0;
}

/// Whether a path is a link to what a process has opened, as /dev/stdout is.
bool links_to_open_file(const fs::path& path) {
  std::error_code ignored;
  const fs::path target = fs::read_symlink(path, ignored);
  return std::distance(target.begin(), target.end()) > 1 && *std::next(target.begin()) == "proc";
}

[[noreturn]] void cannot_write(const fs::path& path, const std::string& why) {
  throw OutputError(path.string() + " cannot be written: " + why);
}

/// Puts a folder in the place of another. Only file systems that cannot exchange two names leave a moment in
/// which there is none.
void replace_folder(const fs::path& made, const fs::path& old) {
  if (::renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, old.c_str(), RENAME_EXCHANGE) == 0) return;
  if (errno != EINVAL && errno != ENOSYS) cannot_write(old, std::generic_category().message(errno));
  const fs::path aside = partial_path_for(old);
  std::error_code error;
  fs::rename(old, aside, error);
  if (error) cannot_write(old, error.message());
  fs::rename(made, old, error);
  std::error_code other;
  if (!error) {
    fs::remove_all(aside, other);
    return;
  }
  fs::rename(aside, old, other);
  cannot_write(old, error.message() + (other ? "; what it held is in " + aside.string() : std::string()));
}

/// Gives a file or folder a name that nothing has. File systems that cannot do both at once leave a moment in
/// between.
void rename_to_free_name(const fs::path& made, const fs::path& path) {
  if (::renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) return;
  std::error_code error(errno, std::generic_category());
  const bool can_do_both = error.value() != EINVAL && error.value() != ENOSYS;
  std::error_code ignored;
  if (fs::exists(path, ignored)) {
    throw OutputError(path.string() + " was made by another run meanwhile, and is kept");
  }
  if (!can_do_both) fs::rename(made, path, error);
  if (error) cannot_write(path, error.message());
}

bool flush_to_disk(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool flushed = ::fsync(file) == 0;
  const int error = errno;
  ::close(file);
  errno = error;
  return flushed;
}

void remove_partials(const fs::path& folder, const std::string& prefix) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind(prefix, 0) == 0 && is_partial_name(name)) {
      fs::remove_all(entry.path(), ignored);
    }
  }
}

}  // namespace

void require_replaceable(const fs::path& path) {
  std::error_code error;
  const fs::file_type type = fs::status(path, error).type();
  if (type == fs::file_type::none) cannot_write(path, error.message());
  const bool is_plain = type == fs::file_type::not_found || type == fs::file_type::regular ||
                        type == fs::file_type::directory || type == fs::file_type::unknown;
  if (!is_plain || links_to_open_file(path)) {
    throw OutputError(path.string() + " is a device, a pipe or a socket, which is not replaced; name a file");
  }
}

AtomicFile::AtomicFile(fs::path final_path, Existing existing)
    : final_path_(std::move(final_path)), partial_path_(partial_path_for(final_path_)), existing_(existing) {
  require_replaceable(final_path_);
}

AtomicFile::~AtomicFile() {
  std::error_code ignored;
  fs::remove_all(partial_path_, ignored);
}

void AtomicFile::write(const std::string& bytes) const {
  std::ofstream file(partial_path_, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) {
    throw OutputError(final_path_.string() +
                      " cannot be written; does its folder exist, may it be written, is the disk full?");
  }
}

void AtomicFile::flush() const {
  std::error_code ignored;
  bool flushed = true;
  for (const fs::directory_entry& entry : fs::directory_iterator(partial_path_, ignored)) {
    flushed = flushed && flush_to_disk(entry.path());
  }
  if (!flushed || !flush_to_disk(partial_path_)) {
    cannot_write(final_path_, std::generic_category().message(errno));
  }
}

void AtomicFile::commit() {
  flush();
  if (existing_ == Existing::kept) return rename_to_free_name(partial_path_, final_path_);
  std::error_code error;
  if (fs::is_directory(partial_path_, error) && fs::is_directory(final_path_, error)) {
    replace_folder(partial_path_, final_path_);  // the destructor removes what was there
    return;
  }
  fs::rename(partial_path_, final_path_, error);
  if (error) cannot_write(final_path_, error.message());
}

void remove_partial_files(const fs::path& final_path) {
  remove_partials(final_path.has_parent_path() ? final_path.parent_path() : ".", hidden_prefix(final_path));
}

void remove_all_partial_files(const fs::path& folder) { remove_partials(folder, "."); }

}  // namespace reenact
