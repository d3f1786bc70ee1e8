#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace reenact {

/// The manifest.json beside a network: what its file is and where it comes from.
class BundleManifest {
 public:
  /// Reads `directory`/manifest.json. Throws ModelError when it is missing or not a JSON object.
  explicit BundleManifest(const std::filesystem::path& directory);

  /// A value by JSON pointer ("/files/iris.pt/sha256" with escaped slashes). Each throws ModelError naming
  /// the field when it is missing or of another type.
  std::string text(const std::string& pointer) const;
  int integer(const std::string& pointer) const;
  bool flag(const std::string& pointer) const;
  /// A field for the reader, which need not be there nor be a count.
  std::optional<std::int64_t> count_if_given(const std::string& pointer) const;
  /// WindowKind::name of the windows that a generator paints: those of the field /windows, by default the
  /// eyes'; before format version 2 none.
  std::vector<std::string> windows() const;
  /// 64 lower-case hexadecimal digits.
  std::string sha256(const std::string& pointer) const;

 private:
  const nlohmann::json& value(const std::string& pointer, const char* type,
                              bool (nlohmann::json::*has_type)() const noexcept) const;

  std::filesystem::path path_;
  nlohmann::json json_;
};

}  // namespace reenact
