#include "reenact/infer/generator_bundle.h"

#include <algorithm>

#include "infer/bundle_manifest.h"

namespace reenact {

namespace fs = std::filesystem;

namespace {

std::optional<MethodCost> cost_in(const BundleManifest& manifest, const std::string& method) {
  const auto macs = manifest.count_if_given("/macs/" + method);
  const auto parameters = manifest.count_if_given("/parameters/" + method);
  if (!macs || !parameters) return std::nullopt;
  return MethodCost{*macs, *parameters};
}

std::optional<GeneratorMethodCosts> costs_in(const BundleManifest& manifest,
                                             const std::vector<std::string>& windows) {
  const auto initialize = cost_in(manifest, "initialize");
  const auto forward = cost_in(manifest, "forward");
  if (!initialize || !forward) return std::nullopt;
  GeneratorMethodCosts costs{*initialize, *forward, {}};
  for (const std::string& window : windows) {
    const auto initialize_window = cost_in(manifest, "initialize_" + window);
    const auto paint = cost_in(manifest, "paint_" + window);
    if (!initialize_window || !paint) return std::nullopt;
    costs.windows[window] = {*initialize_window, *paint};
  }
  return costs;
}

}  // namespace

BundleDescription describe_bundle(const fs::path& directory) {
  const BundleManifest manifest(directory);
  BundleDescription bundle;
  bundle.name = manifest.text("/name");
  bundle.conditioning = manifest.text("/conditioning");
  bundle.format_version = manifest.integer("/format_version");
  bundle.image_size = manifest.integer("/image_size");
  bundle.learned = manifest.flag("/learned");
  bundle.licence = manifest.text("/licence");
  bundle.sha256 = manifest.sha256("/sha256");
  bundle.windows = manifest.windows();
  bundle.costs = costs_in(manifest, bundle.windows);
  return bundle;
}

std::vector<fs::path> list_bundles(const fs::path& models) {
  std::vector<fs::path> bundles;
  std::error_code error;
  for (fs::directory_iterator entry(models, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (fs::exists(entry->path() / generator_file, ignored)) bundles.push_back(entry->path());
  }
  std::sort(bundles.begin(), bundles.end());
  return bundles;
}

}  // namespace reenact
