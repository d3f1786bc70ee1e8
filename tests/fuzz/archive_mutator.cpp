// libFuzzer's mutator for TorchScript: it changes the source text in an archive of stored records, whose
// checksums it mends, where bytes changed at random are mostly refused for their checksum.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "reenact/files/crc32.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* bytes, std::size_t size, std::size_t capacity);

namespace {

struct Record {
  std::string name;
  std::string content;
};

template <typename Number>
Number number_at(const std::string& bytes, std::size_t at) {
  Number number{};
  std::memcpy(&number, bytes.data() + at, sizeof(number));
  return number;
}

template <typename Number>
void append(Number number, std::string& bytes) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

constexpr std::uint32_t local_header = 0x04034b50;
constexpr std::uint32_t central_header = 0x02014b50;
constexpr std::uint32_t end_of_directory = 0x06054b50;
constexpr std::size_t local_size = 30;

/// The records of an archive as scripts/torchscript_file.py writes it, nothing for another file.
std::optional<std::vector<Record>> records_of(const std::string& archive) {
  std::vector<Record> records;
  std::size_t at = 0;
  while (at + local_size <= archive.size() && number_at<std::uint32_t>(archive, at) == local_header) {
    const auto size = number_at<std::uint32_t>(archive, at + 22);
    const auto name_size = number_at<std::uint16_t>(archive, at + 26);
    const std::size_t name_at = at + local_size;
    const std::size_t content_at = name_at + name_size + number_at<std::uint16_t>(archive, at + 28);
    if (content_at + size > archive.size()) return std::nullopt;
    records.push_back({archive.substr(name_at, name_size), archive.substr(content_at, size)});
    at = content_at + size;
  }
  if (records.empty()) return std::nullopt;
  return records;
}

/// What the two headers of a record have in common.
void append_description(const Record& record, std::string& bytes) {
  const std::vector<std::uint8_t> content(record.content.begin(), record.content.end());
  append(std::uint64_t{20}, bytes);  // version, flags, stored, time of day
  append(std::uint16_t{33}, bytes);  // 1 January 1980
  append(reenact::crc32_of(content), bytes);
  append(static_cast<std::uint32_t>(content.size()), bytes);
  append(static_cast<std::uint32_t>(content.size()), bytes);
  append(static_cast<std::uint16_t>(record.name.size()), bytes);
  append(std::uint16_t{0}, bytes);
}

std::string archive_of(const std::vector<Record>& records) {
  std::string archive;
  std::string directory;
  for (const Record& record : records) {
    append(central_header, directory);
    append(std::uint16_t{20}, directory);
    append_description(record, directory);
    append(std::uint64_t{0}, directory);  // comment, disk, attributes
    append(std::uint16_t{0}, directory);
    append(static_cast<std::uint32_t>(archive.size()), directory);
    directory += record.name;
    append(local_header, archive);
    append_description(record, archive);
    archive += record.name + record.content;
  }
  const auto directory_at = static_cast<std::uint32_t>(archive.size());
  archive += directory;
  append(end_of_directory, archive);
  append(std::uint32_t{0}, archive);
  append(static_cast<std::uint16_t>(records.size()), archive);
  append(static_cast<std::uint16_t>(records.size()), archive);
  append(static_cast<std::uint32_t>(directory.size()), archive);
  append(directory_at, archive);
  append(std::uint16_t{0}, archive);
  return archive;
}

bool is_source(const Record& record) {
  return record.name.size() > 3 && record.name.compare(record.name.size() - 3, 3, ".py") == 0;
}

/// Copies some of a text's lines, or of their tail, to another place.
void move_text(std::string& text, std::minstd_rand& random) {
  if (text.empty()) return;
  const std::string part = text.substr(random() % text.size(), 1 + random() % 40);
  text.insert(random() % text.size(), part);
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size, std::size_t capacity,
                                               unsigned seed) {
  std::minstd_rand random(seed);
  auto records = records_of(std::string(reinterpret_cast<const char*>(bytes), size));
  if (!records || random() % 8 == 0) return LLVMFuzzerMutate(bytes, size, capacity);
  for (Record& record : *records) {
    if (!is_source(record)) continue;
    if (random() % 4 == 0) {
      move_text(record.content, random);
      continue;
    }
    const std::size_t text_size = record.content.size();
    record.content.resize(text_size + 64);
    auto* text = reinterpret_cast<std::uint8_t*>(record.content.data());
    record.content.resize(LLVMFuzzerMutate(text, text_size, record.content.size()));
  }
  const std::string archive = archive_of(*records);
  if (archive.size() > capacity) return LLVMFuzzerMutate(bytes, size, capacity);
  std::copy(archive.begin(), archive.end(), bytes);
  return archive.size();
}
