#include "reenact/files/media_files.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <system_error>

#include "reenact/core/error.h"

namespace reenact {

namespace fs = std::filesystem;

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Endings in lower case.
using Endings = std::initializer_list<const char*>;
constexpr Endings video_endings = {".mp4", ".m4v",  ".mov", ".webm", ".mkv", ".avi", ".ts",
                                   ".mts", ".m2ts", ".mpg", ".mpeg", ".wmv", ".flv", ".3gp",
                                   ".3g2", ".ogv",  ".mxf", ".gif",  ".apng"};
constexpr Endings picture_endings = {".png",  ".jpg",  ".jpeg", ".jfif", ".webp", ".heic",
                                     ".heif", ".avif", ".jp2",  ".tif",  ".tiff", ".bmp"};
constexpr Endings motion_endings = {".jsonl"};
constexpr Endings take_endings = {".csv", ".json"};
constexpr Endings writable_motion_endings = {".jsonl", ".csv"};
constexpr Endings mesh_endings = {".obj", ".ply"};
constexpr Endings writable_video_endings = {".mp4", ".mov", ".mkv", ".webm", ".avi", ".gif"};
constexpr Endings writable_picture_endings = {".png", ".jpg", ".jpeg"};
constexpr Endings alpha_endings = {".mov", ".webm", ".png"};
constexpr Endings browser_endings = {".mp4", ".m4v", ".mov", ".webm"};

bool has_ending(const fs::path& path, Endings endings) {
  const std::string ending = ending_of(path);
  return std::any_of(endings.begin(), endings.end(), [&](const char* known) { return ending == known; });
}

/// The number that starts at `position`, without leading zeros; moves `position` behind it.
std::string take_number(const std::string& text, std::size_t& position) {
  const std::size_t start = position;
  while (position < text.size() && is_digit(text[position])) ++position;
  std::string digits = text.substr(start, position - start);
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  return digits;
}

template <typename Wanted>
std::vector<fs::path> entries_where(const fs::path& folder, Wanted wanted) {
  std::vector<fs::path> entries = entries_of(folder);
  entries.erase(
      std::remove_if(entries.begin(), entries.end(), [&](const fs::path& entry) { return !wanted(entry); }),
      entries.end());
  return entries;
}

/// Where "%d", "%4d" or "%04d" stands in a file name of a sequence, and how many digits it asks for.
struct NumberField {
  std::size_t start = 0;
  std::size_t length = 0;
  std::size_t digits = 1;
};

std::optional<NumberField> number_field(const std::string& name) {
  const std::size_t start = name.find('%');
  if (start == std::string::npos) return std::nullopt;
  std::size_t end = start + 1;
  while (end < name.size() && is_digit(name[end])) ++end;
  if (end == name.size() || name[end] != 'd' || end - start > 3) return std::nullopt;
  const std::string digits = name.substr(start + 1, end - start - 1);
  return NumberField{start, end + 1 - start, digits.empty() ? 1 : std::stoul(digits)};
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

}  // namespace

bool natural_less(const std::string& left, const std::string& right) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < left.size() && j < right.size()) {
    if (is_digit(left[i]) && is_digit(right[j])) {
      const std::string a = take_number(left, i);
      const std::string b = take_number(right, j);
      if (a.size() != b.size()) return a.size() < b.size();
      if (a != b) return a < b;
    } else {
      if (left[i] != right[j]) return left[i] < right[j];
      ++i;
      ++j;
    }
  }
  if (i < left.size() || j < right.size()) return j < right.size();
  return left < right;
}

std::string ending_of(const fs::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return ending;
}

bool is_video_name(const fs::path& path) { return has_ending(path, video_endings); }
bool is_picture_name(const fs::path& path) { return has_ending(path, picture_endings); }
bool is_motion_name(const fs::path& path) { return has_ending(path, motion_endings); }
bool is_take_name(const fs::path& path) { return has_ending(path, take_endings); }
bool is_recorded_name(const fs::path& path) { return is_motion_name(path) || is_take_name(path); }
bool is_writable_video_name(const fs::path& path) { return has_ending(path, writable_video_endings); }
bool is_writable_picture_name(const fs::path& path) { return has_ending(path, writable_picture_endings); }
bool is_writable_motion_name(const fs::path& path) { return has_ending(path, writable_motion_endings); }
bool is_mesh_name(const fs::path& path) { return has_ending(path, mesh_endings); }
bool can_hold_alpha(const fs::path& output) { return has_ending(output, alpha_endings); }
bool plays_in_browsers(const fs::path& video) { return has_ending(video, browser_endings); }

bool is_sequence_name(const fs::path& path) {
  return (is_picture_name(path) || is_mesh_name(path) || !path.has_extension()) &&
         number_field(path.filename().string()).has_value();
}

fs::path file_of_sequence(const fs::path& pattern, std::int64_t number) {
  const std::string name = pattern.filename().string();
  const NumberField field = number_field(name).value();
  std::string digits = std::to_string(number);
  if (digits.size() < field.digits) digits.insert(0, field.digits - digits.size(), '0');
  return name.substr(0, field.start) + digits + name.substr(field.start + field.length);
}

fs::path written_path(const fs::path& output) {
  return is_sequence_name(output) ? output.parent_path() : output;
}

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::error_code failure;
  std::vector<fs::path> entries;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    if (entry->path().filename().string().front() != '.') entries.push_back(entry->path());
  }
  if (failure) throw InputError("the folder " + folder.string() + " cannot be read: " + failure.message());
  std::sort(entries.begin(), entries.end(), [](const fs::path& a, const fs::path& b) {
    return natural_less(a.filename().string(), b.filename().string());
  });
  return entries;
}

std::vector<fs::path> folders_in(const fs::path& folder) {
  return entries_where(folder, [](const fs::path& entry) {
    std::error_code ignored;
    return fs::is_directory(entry, ignored);
  });
}

std::vector<fs::path> pictures_in(const fs::path& folder) {
  return entries_where(folder,
                       [](const fs::path& entry) { return is_picture_name(entry) && is_file(entry); });
}

std::vector<fs::path> videos_in(const fs::path& folder) {
  return entries_where(folder, [](const fs::path& entry) { return is_video_name(entry) && is_file(entry); });
}

}  // namespace reenact
