#include "cli/strength_options.h"

#include <algorithm>
#include <array>
#include <vector>

#include "reenact/core/error.h"

namespace reenact::cli {
namespace {

struct Part {
  const char* name;
  double MotionStrength::*strength;
};
constexpr std::array<Part, 4> parts = {{{"mouth", &MotionStrength::mouth},
                                        {"eyes", &MotionStrength::eyes},
                                        {"brows", &MotionStrength::brows},
                                        {"pose", &MotionStrength::pose}}};

const Part* part_named(const std::string& name) {
  for (const Part& part : parts) {
    if (name == part.name) return &part;
  }
  return nullptr;
}

double parse_strength(const std::string& text, const std::string& entry) {
  double strength = 0;
  if (!CLI::detail::lexical_cast(text, strength)) {
    throw UsageError("--strength got '" + entry +
                     "'; it looks like 0.8 or mouth=1.2,eyes=0.8,brows=1,pose=0.5");
  }
  return strength;
}

/// Whether a name of --parts means this part.
bool means(const std::string& name, const Part& part) {
  const bool is_pose = part.strength == &MotionStrength::pose;
  return name == "all" || name == part.name || (name == "expression" && !is_pose);
}

MotionStrength strength_of(const StrengthArguments& arguments) {
  MotionStrength strength;
  for (const std::string& entry : CLI::detail::split(arguments.strength, ',')) {
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos) {
      const double value = parse_strength(entry, entry);
      for (const Part& part : parts) strength.*part.strength = value;
      continue;
    }
    const Part* part = part_named(entry.substr(0, equals));
    if (part == nullptr) {
      throw UsageError("--strength got '" + entry + "'; its parts are mouth, eyes, brows and pose");
    }
    strength.*part->strength = parse_strength(entry.substr(equals + 1), entry);
  }
  strength.validate();

  const std::vector<std::string> wanted = CLI::detail::split(arguments.parts, ',');
  for (const std::string& name : wanted) {
    if (name == "all" || name == "expression" || part_named(name) != nullptr) continue;
    throw UsageError("--parts got '" + name + "'; it takes all, expression, pose, mouth, eyes and brows");
  }
  for (const Part& part : parts) {
    bool is_wanted = false;
    for (const std::string& name : wanted) is_wanted = is_wanted || means(name, part);
    if (!is_wanted) strength.*part.strength = 0;
  }
  return strength;
}

}  // namespace

void add_strength_options(CLI::App& app, StrengthArguments& arguments, const std::string& group) {
  app.add_option("--strength", arguments.strength,
                 "how strongly the driver's motion is carried over, 0 to 3: one number, or "
                 "mouth=1.2,eyes=0.8,brows=1,pose=0.5")
      ->capture_default_str()
      ->group(group);
  app.add_option("--parts", arguments.parts,
                 "what the driver moves, the rest stays as in the photo: all, expression, pose, mouth, eyes, "
                 "brows, with commas between several")
      ->capture_default_str()
      ->group(group);
}

void set_strength(const StrengthArguments& arguments, ReenactOptions& options) {
  options.strength = strength_of(arguments);
  const MotionStrength& strength = options.strength;
  if (strength.mouth == 0) options.mouth = MouthInside::generated;
  options.detail *= std::min(1.0, std::max({strength.mouth, strength.eyes, strength.brows}));
}

}  // namespace reenact::cli
