// A library to preload: calls that change files below a folder fail, as on a disk that is full or breaks.
//
// FAULT_FOLDER   the folder, an absolute path
// FAULT_FIRST    number of the first call that fails, from 1; 0: none does
// FAULT_LASTING  1: all after it fail too; 0: it alone
// FAULT_ERRNO    what they fail with
// FAULT_COUNT    the file that gets the number of calls seen
// FAULT_ENCODER  the encoder that libavcodec lacks

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

template <typename Function>
Function* next(Function* /*same*/, const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}
#define NEXT(name) next(&name, #name)

const char* setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

class Faults {
 public:
  /// Counts a call that changes what lies at `path`; true, with errno set, when it fails.
  bool strike(const char* path) {
    const std::size_t length = std::strlen(folder_);
    if (length == 0 || path == nullptr || std::strncmp(path, folder_, length) != 0) return false;
    const int call = ++calls_;
    if (first_ == 0 || call < first_ || (call > first_ && !lasting_)) return false;
    errno = error_;
    return true;
  }

  bool strike(int descriptor) {
    char link[64];
    char path[PATH_MAX];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    const ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return false;
    path[length] = '\0';
    return strike(path);
  }

  ~Faults() {
    std::FILE* file = NEXT(fopen)(setting("FAULT_COUNT"), "w");
    if (file == nullptr) return;
    std::fprintf(file, "%d\n", calls_.load());
    std::fclose(file);
  }

 private:
  const char* folder_ = setting("FAULT_FOLDER");
  int first_ = std::atoi(setting("FAULT_FIRST"));
  bool lasting_ = std::atoi(setting("FAULT_LASTING")) != 0;
  int error_ = std::atoi(setting("FAULT_ERRNO"));
  std::atomic<int> calls_{0};
};

Faults& faults() {
  static Faults the_faults;
  return the_faults;
}

bool writes(int flags) { return (flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0; }
bool writes(const char* mode) { return std::strpbrk(mode, "wa+") != nullptr; }

bool is_open_for_writing(int descriptor) {
  const int flags = fcntl(descriptor, F_GETFL);
  return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
}

mode_t mode_after(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

#define OPEN_AT_PATH(name)                                 \
  int name(const char* path, int flags, ...) {             \
    va_list arguments;                                     \
    va_start(arguments, flags);                            \
    const mode_t mode = mode_after(flags, arguments);      \
    va_end(arguments);                                     \
    if (writes(flags) && faults().strike(path)) return -1; \
    return NEXT(name)(path, flags, mode);                  \
  }
#define OPEN_IN_FOLDER(name)                               \
  int name(int folder, const char* path, int flags, ...) { \
    va_list arguments;                                     \
    va_start(arguments, flags);                            \
    const mode_t mode = mode_after(flags, arguments);      \
    va_end(arguments);                                     \
    if (writes(flags) && faults().strike(path)) return -1; \
    return NEXT(name)(folder, path, flags, mode);          \
  }

extern "C" {

OPEN_AT_PATH(open)
OPEN_AT_PATH(open64)
OPEN_IN_FOLDER(openat)
OPEN_IN_FOLDER(openat64)

FILE* fopen(const char* path, const char* mode) {
  if (writes(mode) && faults().strike(path)) return nullptr;
  return NEXT(fopen)(path, mode);
}

FILE* fopen64(const char* path, const char* mode) {
  if (writes(mode) && faults().strike(path)) return nullptr;
  return NEXT(fopen64)(path, mode);
}

int fclose(FILE* file) {
  const bool fails = is_open_for_writing(fileno(file)) && faults().strike(fileno(file));
  const int error = errno;
  const int closed = NEXT(fclose)(file);
  if (!fails) return closed;
  errno = error;
  return EOF;
}

int close(int descriptor) {
  const bool fails = is_open_for_writing(descriptor) && faults().strike(descriptor);
  const int error = errno;
  const int closed = NEXT(close)(descriptor);
  if (!fails) return closed;
  errno = error;
  return -1;
}

ssize_t write(int descriptor, const void* bytes, size_t size) {
  return faults().strike(descriptor) ? -1 : NEXT(write)(descriptor, bytes, size);
}

ssize_t writev(int descriptor, const iovec* parts, int count) {
  return faults().strike(descriptor) ? -1 : NEXT(writev)(descriptor, parts, count);
}

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) {
  return faults().strike(descriptor) ? -1 : NEXT(pwrite)(descriptor, bytes, size, offset);
}

int fsync(int descriptor) { return faults().strike(descriptor) ? -1 : NEXT(fsync)(descriptor); }

int ftruncate(int descriptor, off_t length) noexcept {
  return faults().strike(descriptor) ? -1 : NEXT(ftruncate)(descriptor, length);
}

int mkdir(const char* path, mode_t mode) noexcept {
  return faults().strike(path) ? -1 : NEXT(mkdir)(path, mode);
}

int rename(const char* from, const char* to) noexcept {
  return faults().strike(to) ? -1 : NEXT(rename)(from, to);
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  return faults().strike(to) ? -1 : NEXT(renameat2)(from_folder, from, to_folder, to, flags);
}

struct AVCodec;
const AVCodec* avcodec_find_encoder_by_name(const char* name) {
  return std::strcmp(name, setting("FAULT_ENCODER")) == 0 ? nullptr
                                                          : NEXT(avcodec_find_encoder_by_name)(name);
}

}  // extern "C"
