#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace reenact {

/// Data sets whose published folder layout is understood; docs/datasets.md shows each of them.
enum class DatasetKind { voxceleb2, hq_voxceleb, celebv, uva_nemo };

/// From "voxceleb2", "hq-voxceleb", "celebv" or "uva-nemo". Throws UsageError.
DatasetKind parse_dataset_kind(const std::string& name);

/// A clip (`video`) or a person's pictures (`images`, frames in order where the data set has an order).
struct DatasetItem {
  std::string name;  ///< unique in the data set
  std::string person;
  std::string split;
  std::filesystem::path video;                ///< empty where the data set has pictures
  std::filesystem::path audio;                ///< empty where there is no separate sound
  std::vector<std::filesystem::path> images;  ///< empty where the data set has videos
};

/// Lists the part `split` of the data set under `root`, sorted by name; no picture or video is opened.
/// Splits: voxceleb2 dev, test; hq-voxceleb train, val, test; celebv train, test; uva-nemo deliberate,
/// spontaneous; and "all" for each. Throws UsageError for another split and InputError when the tree is
/// not laid out as published.
std::vector<DatasetItem> list_dataset(DatasetKind kind, const std::filesystem::path& root,
                                      const std::string& split);

}  // namespace reenact
