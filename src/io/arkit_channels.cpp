#include "reenact/io/arkit_channels.h"

#include <algorithm>
#include <cctype>
#include <map>

namespace reenact {
namespace {

constexpr std::array<const char*, arkit_channel_count> names = {"EyeBlinkLeft",
                                                                "EyeLookDownLeft",
                                                                "EyeLookInLeft",
                                                                "EyeLookOutLeft",
                                                                "EyeLookUpLeft",
                                                                "EyeSquintLeft",
                                                                "EyeWideLeft",
                                                                "EyeBlinkRight",
                                                                "EyeLookDownRight",
                                                                "EyeLookInRight",
                                                                "EyeLookOutRight",
                                                                "EyeLookUpRight",
                                                                "EyeSquintRight",
                                                                "EyeWideRight",
                                                                "JawForward",
                                                                "JawRight",
                                                                "JawLeft",
                                                                "JawOpen",
                                                                "MouthClose",
                                                                "MouthFunnel",
                                                                "MouthPucker",
                                                                "MouthRight",
                                                                "MouthLeft",
                                                                "MouthSmileLeft",
                                                                "MouthSmileRight",
                                                                "MouthFrownLeft",
                                                                "MouthFrownRight",
                                                                "MouthDimpleLeft",
                                                                "MouthDimpleRight",
                                                                "MouthStretchLeft",
                                                                "MouthStretchRight",
                                                                "MouthRollLower",
                                                                "MouthRollUpper",
                                                                "MouthShrugLower",
                                                                "MouthShrugUpper",
                                                                "MouthPressLeft",
                                                                "MouthPressRight",
                                                                "MouthLowerDownLeft",
                                                                "MouthLowerDownRight",
                                                                "MouthUpperUpLeft",
                                                                "MouthUpperUpRight",
                                                                "BrowDownLeft",
                                                                "BrowDownRight",
                                                                "BrowInnerUp",
                                                                "BrowOuterUpLeft",
                                                                "BrowOuterUpRight",
                                                                "CheekPuff",
                                                                "CheekSquintLeft",
                                                                "CheekSquintRight",
                                                                "NoseSneerLeft",
                                                                "NoseSneerRight",
                                                                "TongueOut",
                                                                "HeadYaw",
                                                                "HeadPitch",
                                                                "HeadRoll",
                                                                "LeftEyeYaw",
                                                                "LeftEyePitch",
                                                                "LeftEyeRoll",
                                                                "RightEyeYaw",
                                                                "RightEyePitch",
                                                                "RightEyeRoll"};

std::string in_small_letters(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// The name without its side, and the side as ARKit spells it; none of either kind leaves the side empty.
struct Sided {
  std::string stem;
  std::string side;
};

Sided split_side(const std::string& name) {
  const std::string end = name.size() > 2 ? name.substr(name.size() - 2) : "";
  if (end == "_l" || end == "_r") return {name.substr(0, name.size() - 2), end == "_l" ? "left" : "right"};
  return {name, ""};
}

const std::map<std::string, std::size_t>& channels() {
  static const std::map<std::string, std::size_t> known = [] {
    std::map<std::string, std::size_t> map;
    for (std::size_t i = 0; i < names.size(); ++i) map.emplace(in_small_letters(names[i]), i);
    return map;
  }();
  return known;
}

std::optional<std::size_t> find(const std::string& name) {
  const auto found = channels().find(name);
  return found == channels().end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

const char* arkit_channel_name(std::size_t channel) { return names.at(channel); }

std::optional<std::size_t> arkit_channel(const std::string& name) {
  const Sided sided = split_side(in_small_letters(name));
  return find(sided.stem + sided.side);
}

std::optional<std::size_t> arkit_shape_of_expression(const std::string& expression) {
  const Sided sided = split_side(in_small_letters(expression));
  std::optional<std::size_t> channel = find(sided.stem + sided.side);
  if (!channel) channel = find(sided.stem);
  if (channel && *channel >= arkit_shape_count) return std::nullopt;
  return channel;
}

}  // namespace reenact
