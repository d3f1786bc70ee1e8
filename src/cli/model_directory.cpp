#include "cli/model_directory.h"

#include <cstdlib>
#include <vector>

#include "reenact/core/error.h"

namespace reenact::cli {

namespace fs = std::filesystem;

fs::path find_models() {
  std::error_code ignored;
  if (const char* named = std::getenv("REENACT_MODELS")) {
    if (!fs::is_directory(named, ignored)) {
      throw ModelError(std::string("REENACT_MODELS names ") + named + ", which is not a directory");
    }
    return named;
  }
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  for (const fs::path& candidate :
       {program.parent_path().parent_path() / REENACT_INSTALL_MODELS, fs::path(REENACT_SOURCE_MODELS)}) {
    if (fs::is_directory(candidate / "face_model", ignored)) return candidate;
  }
  throw ModelError("no models found; name their directory with --models or in REENACT_MODELS");
}

}  // namespace reenact::cli
