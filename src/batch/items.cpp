#include "reenact/batch/items.h"

#include <glob.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "reenact/core/error.h"
#include "reenact/files/media_files.h"
#include "reenact/files/pairs.h"
#include "reenact/files/sha256.h"
#include "reenact/io/motion_file.h"
#include "reenact/media/image.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> matches_of(const std::string& pattern) {
  glob_t found{};
  const std::unique_ptr<glob_t, decltype(&::globfree)> guard(&found, &::globfree);
  if (::glob(pattern.c_str(), 0, nullptr, &found) != 0) {
    throw InputError("no file matches '" + pattern + "'");
  }
  std::vector<fs::path> paths(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  std::sort(paths.begin(), paths.end(),
            [](const fs::path& a, const fs::path& b) { return natural_less(a.string(), b.string()); });
  return paths;
}

/// What `named` stands for; `files_of` says what a folder stands for.
std::vector<fs::path> expand(const std::vector<std::string>& named,
                             const std::function<std::vector<fs::path>(const fs::path&)>& files_of) {
  std::vector<fs::path> paths;
  for (const std::string& name : named) {
    std::error_code ignored;
    const bool is_pattern = !fs::exists(name, ignored) && name.find_first_of("*?[") != std::string::npos;
    for (const fs::path& path : is_pattern ? matches_of(name) : std::vector<fs::path>{name}) {
      if (!fs::is_directory(path, ignored)) {
        paths.push_back(path);
        continue;
      }
      const std::vector<fs::path> files = files_of(path);
      paths.insert(paths.end(), files.begin(), files.end());
    }
  }
  return paths;
}

/// How much of a name tells two items apart.
enum class Detail { stems, file_names };

std::string base_name(const BatchItem& item, Detail detail) {
  const auto name = [&](const fs::path& path) {
    const fs::path file = path.has_filename() ? path.filename() : path.parent_path().filename();
    return detail == Detail::stems ? file.stem().string() : file.string();
  };
  return name(item.source) + "_as_" + name(item.driver);
}

/// A name that leaves room for what is added to it; of a longer one the beginning and a hash of all of it.
std::string shortened(const std::string& name) {
  constexpr std::size_t longest = 220;
  constexpr std::size_t hash_digits = 12;
  if (name.size() <= longest) return name;
  std::size_t length = longest - hash_digits - 1;
  const auto continues_a_character = [&](std::size_t at) {
    return (static_cast<unsigned char>(name[at]) & 0xC0U) == 0x80U;
  };
  while (length > 0 && continues_a_character(length)) --length;
  return name.substr(0, length) + "-" + sha256_of_bytes(name).substr(0, hash_digits);
}

/// Gives an output to every item that has none.
void name_outputs(std::vector<BatchItem>& items, const fs::path& folder, const std::string& video_ending) {
  std::map<std::string, int> uses;
  for (const BatchItem& item : items) ++uses[base_name(item, Detail::stems)];
  std::map<fs::path, int> numbers;  ///< the last given to a name, so that many of one name are named at once
  std::set<fs::path> taken;
  for (const BatchItem& item : items) taken.insert(item.output);
  for (BatchItem& item : items) {
    if (!item.output.empty()) continue;
    const std::string stems = base_name(item, Detail::stems);
    std::string base = shortened(uses[stems] > 1 ? base_name(item, Detail::file_names) : stems);
    const bool is_still = is_picture_name(item.driver) && !is_animated_picture(item.driver);
    const std::string ending = is_still ? ".png" : video_ending;
    if (is_sequence_name(base + ending)) std::replace(base.begin(), base.end(), '%', '_');
    item.output = folder / (base + ending);
    for (int& number = numbers.emplace(item.output, 1).first->second; !taken.insert(item.output).second;) {
      item.output = folder / fs::path(base).concat("_" + std::to_string(++number)).concat(ending);
    }
  }
}

}  // namespace

std::size_t count_unused(const std::vector<std::string>& named, const std::vector<fs::path>& used) {
  std::size_t count = 0;
  std::error_code ignored;
  for (const std::string& name : named) {
    const bool is_used = std::find(used.begin(), used.end(), fs::path(name)) != used.end();
    if (is_used || !fs::is_directory(name, ignored)) continue;
    for (const fs::path& entry : entries_of(name)) {
      if (fs::is_regular_file(entry, ignored) && std::find(used.begin(), used.end(), entry) == used.end())
        ++count;
    }
  }
  return count;
}

std::vector<fs::path> expand_sources(const std::vector<std::string>& named) {
  return expand(named, [](const fs::path& folder) {
    std::vector<fs::path> pictures = pictures_in(folder);
    if (pictures.empty()) throw InputError("the folder " + folder.string() + " has no pictures");
    return pictures;
  });
}

std::vector<fs::path> expand_drivers(const std::vector<std::string>& named) {
  return expand(named, [](const fs::path& folder) {
    std::vector<fs::path> drivers;
    for (const fs::path& entry : entries_of(folder)) {
      if (is_video_name(entry) || is_motion_name(entry)) drivers.push_back(entry);
    }
    if (!drivers.empty()) return drivers;
    if (pictures_in(folder).empty()) {
      throw InputError("the folder " + folder.string() + " has no videos, motion files or pictures");
    }
    return std::vector<fs::path>{folder};
  });
}

std::vector<BatchItem> pair_items(const std::vector<fs::path>& sources, const std::vector<fs::path>& drivers,
                                  Pairing pairing, const fs::path& folder, const std::string& video_ending) {
  std::vector<BatchItem> items;
  if (pairing == Pairing::zip) {
    if (sources.size() != drivers.size()) {
      throw UsageError("--pairing zip needs as many sources as drivers, but there are " +
                       std::to_string(sources.size()) + " and " + std::to_string(drivers.size()));
    }
    for (std::size_t i = 0; i < sources.size(); ++i) items.push_back({sources[i], drivers[i], {}});
  } else {
    for (const fs::path& source : sources) {
      for (const fs::path& driver : drivers) items.push_back({source, driver, {}});
    }
  }
  name_outputs(items, folder, video_ending);
  return items;
}

std::vector<BatchItem> manifest_items(const fs::path& csv, const fs::path& folder,
                                      const std::string& video_ending) {
  std::vector<BatchItem> items;
  std::set<fs::path> results;
  for (const MediaPair& pair : read_pairs(csv, PairResults::to_make)) {
    if (!pair.result.empty() && !results.insert(pair.result).second) {
      throw UsageError("two lines of " + csv.string() + " name the result " + pair.result.string());
    }
    items.push_back({pair.source, pair.driver, pair.result});
  }
  name_outputs(items, folder, video_ending);
  return items;
}

std::vector<BatchItem> shard_of(const std::vector<BatchItem>& items, const Shard& shard) {
  if (shard.index < 1 || shard.index > shard.count) {
    throw UsageError("--shard " + std::to_string(shard.index) + "/" + std::to_string(shard.count) +
                     " makes no sense; the shards of n are 1/n to n/n");
  }
  const auto bound = [&](int shards) {
    return items.begin() + static_cast<std::ptrdiff_t>(items.size() * static_cast<std::size_t>(shards) /
                                                       static_cast<std::size_t>(shard.count));
  };
  return {bound(shard.index - 1), bound(shard.index)};
}

}  // namespace reenact
