#include "reenact/files/sha256.h"

extern "C" {
#include <libavutil/mem.h>
#include <libavutil/sha.h>
}

#include <array>
#include <fstream>
#include <memory>
#include <new>
#include <vector>

#include "reenact/core/error.h"
#include "reenact/files/media_files.h"

namespace reenact {
namespace {

class Sha256 {
 public:
  Sha256() : context_(av_sha_alloc()) {
    if (!context_ || av_sha_init(context_.get(), 256) < 0) throw std::bad_alloc();
  }

  void update(const char* data, std::size_t size) {
    av_sha_update(context_.get(), reinterpret_cast<const std::uint8_t*>(data), size);
  }

  std::string hexadecimal() {
    std::array<std::uint8_t, 32> digest{};
    av_sha_final(context_.get(), digest.data());
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : digest) {
      text += digits[byte >> 4U];
      text += digits[byte & 15U];
    }
    return text;
  }

 private:
  struct Free {
    void operator()(AVSHA* context) const { av_free(context); }
  };
  std::unique_ptr<AVSHA, Free> context_;
};

}  // namespace

std::string sha256_of_bytes(std::string_view bytes) {
  Sha256 sha;
  sha.update(bytes.data(), bytes.size());
  return sha.hexadecimal();
}

std::string sha256_of_file(const std::filesystem::path& path) {
  const auto unreadable = [&] {
    return InputError("cannot read '" + path.string() + "'; check that it exists and is a file");
  };
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) throw unreadable();
  std::ifstream file(path, std::ios::binary);
  if (!file) throw unreadable();
  Sha256 sha;
  std::vector<char> chunk(1U << 18U);
  while (file.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || file.gcount() > 0) {
    sha.update(chunk.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (!file.eof()) throw unreadable();
  return sha.hexadecimal();
}

std::string sha256_of_media(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored)) return sha256_of_file(path);
  std::string list;
  for (const std::filesystem::path& picture : pictures_in(path)) {
    list += picture.filename().string() + '\0' + sha256_of_file(picture) + '\n';
  }
  return sha256_of_bytes(list);
}

}  // namespace reenact
