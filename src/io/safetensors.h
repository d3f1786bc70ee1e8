#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace reenact {

/// Element types this project stores.
enum class TensorType { f16, f32, i32, u8 };

/// Bytes of one element.
std::size_t element_size(TensorType type);

/// One tensor of a safetensors file: a view into the file's bytes, little-endian, row-major.
struct TensorView {
  TensorType type = TensorType::u8;
  std::vector<std::int64_t> shape;
  std::string_view bytes;
};

/// The content of a safetensors file: an 8-byte little-endian header length, a JSON header and the data.
struct Safetensors {
  std::map<std::string, TensorView> tensors;
  std::map<std::string, std::string> metadata;
};

/// Parses a whole file in memory; the views live as long as `file`. Every length, offset and shape is
/// checked, and the tensors must fill the data without gaps or overlaps. Throws ModelError, without the
/// file's name, when the bytes break the format.
Safetensors parse_safetensors(std::string_view file);

}  // namespace reenact
