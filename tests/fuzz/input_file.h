#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace reenact::fuzz {

/// Bytes as a file in memory, for loaders that take a path.
class InputFile {
 public:
  InputFile(const std::uint8_t* bytes, std::size_t size) : descriptor_(memfd_create("input", MFD_CLOEXEC)) {
    if (descriptor_ < 0) throw std::runtime_error("no file in memory can be made");
    for (std::size_t done = 0; done < size;) {
      const ssize_t written = write(descriptor_, bytes + done, size - done);
      if (written <= 0) throw std::runtime_error("a file in memory cannot be written");
      done += static_cast<std::size_t>(written);
    }
  }
  ~InputFile() { close(descriptor_); }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

}  // namespace reenact::fuzz
