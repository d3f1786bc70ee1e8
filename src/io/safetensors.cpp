#include "safetensors.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "reenact/core/error.h"

namespace reenact {
namespace {

using nlohmann::json;

constexpr std::size_t length_bytes = 8;
constexpr std::uint64_t max_header_bytes = 1U << 20U;
constexpr std::size_t max_dimensions = 8;
constexpr std::uint64_t max_int64 = std::numeric_limits<std::int64_t>::max();

[[noreturn]] void reject(const std::string& what) {
  throw ModelError("it is not a sound safetensors file: " + what);
}

std::uint64_t header_length(std::string_view file) {
  if (file.size() < length_bytes) reject("it has only " + std::to_string(file.size()) + " bytes");
  std::uint64_t length = 0;
  for (std::size_t i = length_bytes; i-- > 0;) length = length << 8U | static_cast<std::uint8_t>(file[i]);
  if (length > max_header_bytes || length > file.size() - length_bytes) {
    reject("its header claims " + std::to_string(length) + " bytes");
  }
  return length;
}

/// A non-negative integer that fits int64.
std::optional<std::uint64_t> whole_number(const json& value) {
  if (!value.is_number_unsigned()) return std::nullopt;
  const auto number = value.get<std::uint64_t>();
  if (number > max_int64) return std::nullopt;
  return number;
}

TensorType parse_type(const std::string& name, const json& value) {
  static const std::map<std::string, TensorType> types = {
      {"F16", TensorType::f16}, {"F32", TensorType::f32}, {"I32", TensorType::i32}, {"U8", TensorType::u8}};
  const auto found = value.is_string() ? types.find(value.get<std::string>()) : types.end();
  if (found == types.end()) reject("tensor '" + name + "' has an unknown type");
  return found->second;
}

/// Fills `view.shape` and returns the bytes such a tensor takes, at most `limit`.
std::uint64_t parse_shape(const std::string& name, const json& value, std::uint64_t limit, TensorView& view) {
  if (!value.is_array() || value.size() > max_dimensions) reject("tensor '" + name + "' has no sound shape");
  std::uint64_t bytes = element_size(view.type);
  for (const json& entry : value) {
    const auto extent = whole_number(entry);
    if (!extent) reject("tensor '" + name + "' has no sound shape");
    if (*extent != 0 && bytes > limit / *extent) reject("tensor '" + name + "' is larger than the file");
    bytes *= *extent;
    view.shape.push_back(static_cast<std::int64_t>(*extent));
  }
  return bytes;
}

TensorView parse_tensor(const std::string& name, const json& entry, std::string_view data) {
  if (!entry.is_object() || entry.size() != 3 || !entry.contains("dtype") || !entry.contains("shape") ||
      !entry.contains("data_offsets")) {
    reject("tensor '" + name + "' is not described by dtype, shape and data_offsets");
  }
  TensorView view;
  view.type = parse_type(name, entry["dtype"]);
  const std::uint64_t bytes = parse_shape(name, entry["shape"], data.size(), view);
  const json& offsets = entry["data_offsets"];
  const auto begin = offsets.is_array() && offsets.size() == 2 ? whole_number(offsets[0]) : std::nullopt;
  const auto end = begin ? whole_number(offsets[1]) : std::nullopt;
  if (!end || *begin > *end || *end > data.size()) reject("tensor '" + name + "' lies outside the file");
  if (*end - *begin != bytes) reject("the bytes of tensor '" + name + "' do not match its shape");
  view.bytes = data.substr(*begin, bytes);
  return view;
}

void require_no_gaps(const std::map<std::string, TensorView>& tensors, std::string_view data) {
  std::vector<std::string_view> ranges;
  ranges.reserve(tensors.size());
  for (const auto& [name, view] : tensors) ranges.push_back(view.bytes);
  std::sort(ranges.begin(), ranges.end(), [](std::string_view a, std::string_view b) {
    return std::make_pair(a.data(), a.size()) < std::make_pair(b.data(), b.size());
  });
  const char* end = data.data();
  for (const std::string_view range : ranges) {
    if (range.data() != end) reject("its tensors overlap or leave gaps");
    end += range.size();
  }
  if (end != data.data() + data.size()) reject("there are bytes after its last tensor");
}

}  // namespace

std::size_t element_size(TensorType type) {
  switch (type) {
    case TensorType::f16:
      return 2;
    case TensorType::f32:
    case TensorType::i32:
      return 4;
    case TensorType::u8:
      return 1;
  }
  return 0;
}

Safetensors parse_safetensors(std::string_view file) {
  const std::uint64_t length = header_length(file);
  const std::string_view data = file.substr(length_bytes + length);
  const json header = json::parse(file.substr(length_bytes, length), nullptr, /*allow_exceptions=*/false);
  if (!header.is_object()) reject("its header is not a JSON object");

  Safetensors content;
  for (const auto& [name, entry] : header.items()) {
    if (name != "__metadata__") {
      content.tensors.emplace(name, parse_tensor(name, entry, data));
      continue;
    }
    if (!entry.is_object()) reject("its metadata are not texts");
    for (const auto& [key, value] : entry.items()) {
      if (!value.is_string()) reject("its metadata are not texts");
      content.metadata.emplace(key, value.get<std::string>());
    }
  }
  require_no_gaps(content.tensors, data);
  return content;
}

}  // namespace reenact
