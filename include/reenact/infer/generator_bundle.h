#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "reenact/infer/graph_cost.h"

namespace reenact {

/// Of a bundle, beside its manifest.json.
inline constexpr const char* generator_file = "generator.pt";

/// Format versions from this one on paint windows.
inline constexpr int format_version_with_windows = 2;

/// What the manifest of a generator bundle says of it (docs/model_format.md). Nothing of the bundle is
/// loaded, and nothing of this is checked against it.
struct BundleDescription {
  std::string name;
  std::string conditioning;
  int format_version = 0;
  int image_size = 0;
  bool learned = false;
  std::string licence;
  std::string sha256;
  std::vector<std::string> windows;           ///< WindowKind::name of those that it paints
  std::optional<GeneratorMethodCosts> costs;  ///< where the figures of all its methods are given
};

/// Throws ModelError when the manifest is missing or has not the fields that a bundle needs.
BundleDescription describe_bundle(const std::filesystem::path& directory);

/// Folders under `models` that hold a generator, by name.
std::vector<std::filesystem::path> list_bundles(const std::filesystem::path& models);

/// Whether a generator of this SHA-256 is one of those whose manifests were in the program's sources when it
/// was built. TorchScript is a program, and a manifest beside it names the hash of whatever lies there: only
/// this list tells that a file is what the makers of this program meant.
bool is_shipped_bundle(const std::string& sha256);

}  // namespace reenact
