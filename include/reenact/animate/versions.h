#pragma once

#include <string>
#include <vector>

namespace reenact {

/// Names and versions of this program and of what it is built on, in the order in which they are shown.
struct Version {
  std::string name;
  std::string version;
};
std::vector<Version> versions();

/// Name and version of this program, as written into outputs.
std::string tool_and_version();

}  // namespace reenact
