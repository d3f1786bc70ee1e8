#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "io/take_rows.h"
#include "reenact/files/json_text.h"
#include "reenact/files/whole_file.h"

namespace reenact {
namespace {

using nlohmann::json;

/// A JSON text is held as a whole, unlike a CSV.
constexpr std::uintmax_t max_bytes = 64U << 20U;

/// The first of these fields that an object has, or null.
const json& first_of(const json& object, std::initializer_list<const char*> fields) {
  static const json nothing;
  for (const char* field : fields) {
    if (object.contains(field)) return object[field];
  }
  return nothing;
}

class JsonRows : public TakeRows {
 public:
  explicit JsonRows(const std::filesystem::path& path) : path_(path) {
    const json content = parse_json(read_file(path, max_bytes));
    if (content.is_discarded()) reject_take(path_, "it is not JSON");
    if (content.is_array()) {
      read_list(content);
    } else if (content.is_object() && content.contains("frames") && content["frames"].is_array()) {
      read_rate(content);
      read_list(content["frames"]);
    } else if (content.is_object()) {
      read_rate(content);
      read_table(content);
    } else {
      reject_take(path_, "it is neither a list of frames nor an object with names and weights");
    }
  }

  TakeTimes times() const override { return times_; }
  std::optional<double> stated_rate() const override { return rate_; }
  const std::array<bool, arkit_channel_count>& given() const override { return given_; }
  std::string place() const override { return "frame " + std::to_string(position_ - 1); }
  void rewind() override { position_ = 0; }

  std::optional<TakeRow> next() override {
    if (position_ == rows_.size()) return std::nullopt;
    return rows_[position_++];
  }

 private:
  void read_rate(const json& object) {
    const json& rate = first_of(object, {"fps", "frameRate", "exportFps"});
    if (rate.is_null()) return;
    if (!rate.is_number() || !(rate.get<double>() > 0 && rate.get<double>() <= 1000)) {
      reject_take(path_, "its frame rate is no number from 0 to 1000");
    }
    rate_ = rate.get<double>();
  }

  double number(const json& value, const std::string& place) const {
    if (!value.is_number()) reject_take(path_, place + " holds something else than numbers");
    return value.get<double>();
  }

  /// Names once, and a list of numbers for each frame.
  void read_table(const json& object) {
    const json& names = first_of(object, {"names", "facsNames"});
    const json& weights = first_of(object, {"weights", "weightMat"});
    if (!names.is_array() || !weights.is_array()) {
      reject_take(path_, "it has no lists 'names' and 'weights', and no list 'frames'");
    }
    std::vector<std::optional<std::size_t>> channels;
    for (const json& name : names) {
      channels.push_back(name.is_string() ? arkit_channel(name.get<std::string>()) : std::nullopt);
      if (!channels.back()) continue;
      if (given_[*channels.back()]) reject_take(path_, "it names " + name.get<std::string>() + " twice");
      given_[*channels.back()] = true;
    }
    for (const json& frame : weights) {
      const std::string where = "frame " + std::to_string(rows_.size());
      if (!frame.is_array() || frame.size() != names.size()) {
        reject_take(path_, where + " does not have as many numbers as there are names");
      }
      TakeRow row;
      for (std::size_t i = 0; i < channels.size(); ++i) {
        if (!channels[i]) continue;
        row.values[*channels[i]] = checked_value(*channels[i], number(frame[i], where), path_, where);
      }
      rows_.push_back(row);
    }
  }

  /// An object for each frame.
  void read_list(const json& frames) {
    for (const json& frame : frames) {
      const std::string where = "frame " + std::to_string(rows_.size());
      if (!frame.is_object()) reject_take(path_, where + " is not an object");
      TakeRow row;
      read_time(frame, where, row);
      const bool has_any = read_values(frame, where, row);
      const json& nested = first_of(frame, {"blendShapes", "blendshapes"});
      row.tracked = (nested.is_object() && read_values(nested, where, row)) || has_any;
      rows_.push_back(row);
    }
  }

  void read_time(const json& frame, const std::string& where, TakeRow& row) {
    const json& seconds = first_of(frame, {"time", "seconds"});
    const json& code = first_of(frame, {"timecode", "Timecode"});
    const TakeTimes kind = !code.is_null()      ? TakeTimes::timecode
                           : !seconds.is_null() ? TakeTimes::seconds
                                                : TakeTimes::none;
    if (rows_.empty()) times_ = kind;
    if (kind != times_) reject_take(path_, where + " does not tell its time as those before it do");
    if (kind == TakeTimes::seconds) {
      row.microseconds = checked_microseconds(number(seconds, where), path_, where);
    }
    if (kind != TakeTimes::timecode) return;
    const auto parsed = code.is_string() ? parse_timecode(code.get<std::string>()) : std::nullopt;
    if (!parsed) reject_take(path_, where + " has no timecode like 17:05:33:12.250");
    row.timecode = *parsed;
  }

  /// Returns whether there were any.
  bool read_values(const json& object, const std::string& where, TakeRow& row) {
    bool any = false;
    for (const auto& [name, value] : object.items()) {
      const auto channel = arkit_channel(name);
      if (!channel) continue;
      row.values[*channel] = checked_value(*channel, number(value, where), path_, where);
      given_[*channel] = true;
      any = true;
    }
    return any;
  }

  std::filesystem::path path_;
  std::vector<TakeRow> rows_;
  std::size_t position_ = 0;
  std::array<bool, arkit_channel_count> given_{};
  TakeTimes times_ = TakeTimes::none;
  std::optional<double> rate_;
};

}  // namespace

std::unique_ptr<TakeRows> open_json_rows(const std::filesystem::path& path) {
  return std::make_unique<JsonRows>(path);
}

}  // namespace reenact
