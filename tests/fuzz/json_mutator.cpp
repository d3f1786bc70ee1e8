// libFuzzer's mutator for targets that read JSON: it changes values where bytes changed at random would
// mostly give what is no JSON. An input may be several documents with line breaks or zero bytes between them,
// or begin with a header of safetensors.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "reenact/files/base64.h"
#include "reenact/files/crc32.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* bytes, std::size_t size, std::size_t capacity);

namespace {

using Json = nlohmann::ordered_json;

class JsonMutator {
 public:
  explicit JsonMutator(unsigned seed) : random_(seed) {}

  bool one_in(std::size_t n) { return below(n) == 0; }

  /// Changes one value of a document. False where `text` is none.
  bool mutate(std::string& text) {
    Json document = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (document.is_discarded()) return false;
    std::vector<Json*> values;
    collect(document, values);
    Json& value = *values[below(values.size())];
    const Json other = *values[below(values.size())];
    switch (below(6)) {
      case 0:
        value = odd_value();
        break;
      case 1:
        value = other;
        break;
      case 2:
        remove_member(value);
        break;
      case 3:
        add_member(value, other);
        break;
      case 4:
        value = Json::array({value, value});
        break;
      default:
        vary(value);
    }
    if (!one_in(4)) mend_checksums(document);
    text = document.dump(-1, ' ', false, Json::error_handler_t::replace);
    return true;
  }

  std::size_t below(std::size_t n) { return random_() % n; }

 private:
  static void collect(Json& value, std::vector<Json*>& values) {
    values.push_back(&value);
    if (!value.is_structured()) return;
    for (Json& member : value) collect(member, values);
  }

  Json odd_value() {
    static const std::vector<Json> odd = {nullptr,
                                          true,
                                          false,
                                          0,
                                          1,
                                          -1,
                                          2,
                                          0.5,
                                          -1e308,
                                          1e-320,
                                          std::numeric_limits<std::int32_t>::max(),
                                          std::numeric_limits<std::int64_t>::min(),
                                          std::numeric_limits<std::int64_t>::max(),
                                          std::numeric_limits<std::uint64_t>::max(),
                                          "",
                                          "0",
                                          std::string(1, '\0'),
                                          "../a",
                                          Json::array(),
                                          Json::object(),
                                          Json::array({Json::array()})};
    return odd[below(odd.size())];
  }

  void remove_member(Json& value) {
    if (value.is_structured() && !value.empty())
      value.erase(std::next(value.begin(), static_cast<std::ptrdiff_t>(below(value.size()))));
  }

  void add_member(Json& value, const Json& member) {
    if (value.is_array()) value.push_back(member);
    if (value.is_object()) value[member.is_string() ? member.get<std::string>() : "added"] = member;
  }

  void vary(Json& value) {
    if (value.is_number_float()) {
      value = value.get<double>() * (one_in(2) ? -1.5 : 1e6);
    } else if (value.is_number_integer()) {
      value = static_cast<std::int64_t>(value.get<std::uint64_t>() + (one_in(2) ? 1U : ~0U));
    } else if (value.is_string()) {
      std::string text = value.get<std::string>();
      std::size_t size = text.size();
      text.resize(size + 8);
      size = LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(text.data()), size, text.size());
      value = text.substr(0, size);
    } else if (value.is_structured() && value.size() > 1) {
      std::swap(*value.begin(), *std::next(value.begin(), static_cast<std::ptrdiff_t>(below(value.size()))));
    }
  }

  /// Pictures of motion files carry the CRC-32 of their bytes.
  static void mend_checksums(Json& value) {
    if (!value.is_structured()) return;
    for (Json& member : value) mend_checksums(member);
    if (!value.is_object() || !value.contains("jpeg") || !value.contains("crc32") ||
        !value["jpeg"].is_string())
      return;
    if (const auto bytes = reenact::from_base64(value["jpeg"].get<std::string>()))
      value["crc32"] = reenact::crc32_of(*bytes);
  }

  std::minstd_rand random_;
};

/// The header of a file of safetensors has its length before it.
bool mutate_header(std::string& input, JsonMutator& mutator) {
  std::uint64_t length = 0;
  if (input.size() < sizeof(length)) return false;
  std::memcpy(&length, input.data(), sizeof(length));
  if (length > input.size() - sizeof(length) || input[sizeof(length)] != '{') return false;
  std::string header = input.substr(sizeof(length), length);
  if (!mutator.mutate(header)) return false;
  const std::uint64_t new_length = header.size();
  input.replace(sizeof(length), length, header);
  std::memcpy(input.data(), &new_length, sizeof(new_length));
  return true;
}

bool mutate_document(std::string& input, JsonMutator& mutator) {
  const char between = input.find('\0') != std::string::npos ? '\0' : '\n';
  std::vector<std::size_t> starts = {0};
  for (std::size_t i = 0; i < input.size(); ++i) {
    if (input[i] == between) starts.push_back(i + 1);
  }
  const std::size_t start = starts[mutator.below(starts.size())];
  const std::size_t length = std::min(input.find(between, start), input.size()) - start;
  std::string document = input.substr(start, length);
  if (!mutator.mutate(document)) return false;
  input.replace(start, length, document);
  return true;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size, std::size_t capacity,
                                               unsigned seed) {
  JsonMutator mutator(seed);
  std::string input(reinterpret_cast<const char*>(bytes), size);
  const bool is_mutated =
      !mutator.one_in(4) && (mutate_header(input, mutator) || mutate_document(input, mutator));
  if (!is_mutated || input.size() > capacity) return LLVMFuzzerMutate(bytes, size, capacity);
  std::copy(input.begin(), input.end(), bytes);
  return input.size();
}
