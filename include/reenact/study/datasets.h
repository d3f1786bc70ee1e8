#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace reenact {

/// Data sets whose published folder layout is understood; docs/datasets.md shows each of them.
enum class DatasetKind { voxceleb2, hq_voxceleb, celebv, uva_nemo };

/// From "voxceleb2", "hq-voxceleb", "celebv" or "uva-nemo". Throws UsageError.
DatasetKind parse_dataset_kind(const std::string& name);

/// A clip (`video`) or a person's pictures (`images`).
struct DatasetItem {
  std::string name;  ///< unique in the data set
  std::string person;
  std::string split;
  std::filesystem::path video;                ///< empty where the data set has pictures
  std::filesystem::path audio;                ///< empty where there is no separate sound
  std::vector<std::filesystem::path> images;  ///< empty where the data set has videos
  bool in_order = false;                      ///< the images are successive frames, not photos
};

/// Calls `visit` for each item of the part `split` of the data set under `root`; no picture or video is
/// opened. Of the items only those of one folder are in memory at a time, so that the data set may be of any
/// size; their order is that of the folders, always the same.
/// Splits: voxceleb2 dev, test; hq-voxceleb train, val, test; celebv train, test; uva-nemo deliberate,
/// spontaneous; and "all" for each. Throws UsageError for another split and InputError when the tree is
/// not laid out as published.
void visit_dataset(DatasetKind kind, const std::filesystem::path& root, const std::string& split,
                   const std::function<void(const DatasetItem&)>& visit);

/// The same items, sorted by name.
std::vector<DatasetItem> list_dataset(DatasetKind kind, const std::filesystem::path& root,
                                      const std::string& split);

}  // namespace reenact
