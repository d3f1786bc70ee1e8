#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace reenact {

/// One video (or picture) that a batch makes.
struct BatchItem {
  std::filesystem::path source;
  std::filesystem::path driver;
  std::filesystem::path output;
};

enum class Pairing {
  product,  ///< every source with every driver
  zip,      ///< the first source with the first driver, and so on
};

/// One of `count` machines that share a list; it takes the items of its part. `index` counts from 1.
struct Shard {
  int index = 1;
  int count = 1;
};

/// The photos that files, folders (their pictures) and globs name, in natural order within each of them.
/// Throws InputError when a folder has no pictures or a glob finds nothing.
std::vector<std::filesystem::path> expand_sources(const std::vector<std::string>& named);

/// The drivers likewise. A folder stands for its videos and motion files; one that has only pictures is a
/// driver itself.
std::vector<std::filesystem::path> expand_drivers(const std::vector<std::string>& named);

/// Files directly in the folders that `named` holds which are not among `used`: of a kind that is not read.
std::size_t count_unused(const std::vector<std::string>& named,
                         const std::vector<std::filesystem::path>& used);

/// Items with the outputs `folder`/SOURCE_as_DRIVER and `video_ending` (.png for a driver that is a picture),
/// source by source. Names that two items would share get the extensions of source and driver, then a number;
/// of a long name the beginning and a hash stay. Throws UsageError when zip meets lists of different lengths.
std::vector<BatchItem> pair_items(const std::vector<std::filesystem::path>& sources,
                                  const std::vector<std::filesystem::path>& drivers, Pairing pairing,
                                  const std::filesystem::path& folder,
                                  const std::string& video_ending = ".mp4");

/// Items of a pair list (read_pairs()); the column `result` may name the output. Throws InputError, and
/// UsageError when two lines name one result.
std::vector<BatchItem> manifest_items(const std::filesystem::path& csv, const std::filesystem::path& folder,
                                      const std::string& video_ending = ".mp4");

/// The items of one shard, in one piece so that few photos and drivers belong to several shards.
/// Throws UsageError unless 1 ≤ index ≤ count.
std::vector<BatchItem> shard_of(const std::vector<BatchItem>& items, const Shard& shard);

}  // namespace reenact
