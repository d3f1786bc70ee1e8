#include "infer/bundle_manifest.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <limits>

#include "reenact/core/error.h"
#include "reenact/files/whole_file.h"
#include "reenact/infer/generator_bundle.h"
#include "reenact/render/window_planes.h"

namespace reenact {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t max_manifest_bytes = 1 << 20;

}  // namespace

BundleManifest::BundleManifest(const fs::path& directory) : path_(directory / "manifest.json") {
  std::error_code error;
  if (!fs::is_directory(directory, error)) {
    throw ModelError("The model folder " + directory.string() + " does not exist");
  }
  const FileContent manifest = whole_file(path_, max_manifest_bytes);
  if (!manifest.problem.empty()) {
    throw ModelError(manifest.problem + ": a network is only loaded with the manifest that describes it");
  }
  json_ = nlohmann::json::parse(manifest.bytes, nullptr, /*allow_exceptions=*/false);
  if (!json_.is_object()) throw ModelError(path_.string() + " is not a JSON object");
}

const nlohmann::json& BundleManifest::value(const std::string& pointer, const char* type,
                                            bool (nlohmann::json::*has_type)() const noexcept) const {
  const nlohmann::json::json_pointer where(pointer);
  if (!json_.contains(where)) throw ModelError(path_.string() + " has no field " + pointer);
  const nlohmann::json& found = json_.at(where);
  if (!(found.*has_type)()) throw ModelError(path_.string() + ": the field " + pointer + " is not " + type);
  return found;
}

std::string BundleManifest::text(const std::string& pointer) const {
  return value(pointer, "a string", &nlohmann::json::is_string).get<std::string>();
}

int BundleManifest::integer(const std::string& pointer) const {
  const auto number = value(pointer, "an integer", &nlohmann::json::is_number_integer).get<std::int64_t>();
  if (number < 0 || number > std::numeric_limits<int>::max()) {
    throw ModelError(path_.string() + ": the field " + pointer + " is out of range");
  }
  return static_cast<int>(number);
}

bool BundleManifest::flag(const std::string& pointer) const {
  return value(pointer, "true or false", &nlohmann::json::is_boolean).get<bool>();
}

std::optional<std::int64_t> BundleManifest::count_if_given(const std::string& pointer) const {
  const nlohmann::json::json_pointer where(pointer);
  if (!json_.contains(where) || !json_.at(where).is_number_unsigned()) return std::nullopt;
  const auto count = json_.at(where).get<std::uint64_t>();
  if (count > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  return static_cast<std::int64_t>(count);
}

std::vector<std::string> BundleManifest::windows() const {
  constexpr const char* pointer = "/windows";
  if (integer("/format_version") < format_version_with_windows) return {};
  if (!json_.contains(nlohmann::json::json_pointer(pointer))) return {eye_window.name};
  std::vector<std::string> names;
  const nlohmann::json& given = value(pointer, "a list", &nlohmann::json::is_array);
  for (const WindowKind* kind : window_kinds) {
    if (std::find(given.begin(), given.end(), kind->name) != given.end()) names.emplace_back(kind->name);
  }
  if (names.size() != given.size()) {
    throw ModelError(path_.string() + ": the field " + pointer + " holds more than \"eyes\" and \"mouth\"");
  }
  return names;
}

std::string BundleManifest::sha256(const std::string& pointer) const {
  std::string digest = text(pointer);
  const bool is_hex = std::all_of(digest.begin(), digest.end(),
                                  [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (digest.size() != 64 || !is_hex) {
    throw ModelError(path_.string() + ": the field " + pointer + " is not 64 lower-case hexadecimal digits");
  }
  return digest;
}

}  // namespace reenact
