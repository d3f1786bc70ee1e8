#include "reenact/io/arkit_take.h"

#include <algorithm>

#include "io/take_clock.h"
#include "io/take_rows.h"
#include "reenact/files/media_files.h"

namespace reenact {

struct ArkitTake::Impl {
  std::unique_ptr<TakeRows> rows;
  TakeClock clock;
  std::vector<std::string> notes;

  Impl(std::unique_ptr<TakeRows> opened, const std::optional<Rational>& frame_rate)
      : rows(std::move(opened)), clock(rows->times(), frame_rate, rows->stated_rate()) {}
};

ArkitTake::ArkitTake(const std::filesystem::path& path, const std::optional<Rational>& frame_rate) {
  impl_ = std::make_unique<Impl>(ending_of(path) == ".json" ? open_json_rows(path) : open_csv_rows(path),
                                 frame_rate);
  TakeRows& rows = *impl_->rows;
  const auto shapes_end = rows.given().begin() + arkit_shape_count;
  const auto shapes = std::count(rows.given().begin(), shapes_end, true);
  if (shapes == 0) {
    reject_take(path, "it names none of ARKit's blend shapes, such as EyeBlinkLeft or JawOpen");
  }
  bool any = false;
  while (const std::optional<TakeRow> row = rows.next()) {
    if (!impl_->clock.look_at(*row))
      reject_take(path, rows.place() + " does not come after the one before it");
    any = any || row->tracked;
  }
  if (!any) reject_take(path, "it has no frame with a face");
  rows.rewind();
  if (const std::string note = impl_->clock.settle(); !note.empty()) {
    impl_->notes.push_back("the take " + path.string() + " " + note);
  }
  if (shapes < static_cast<std::ptrdiff_t>(arkit_shape_count)) {
    impl_->notes.push_back("the take " + path.string() + " has " + std::to_string(shapes) + " of ARKit's " +
                           std::to_string(arkit_shape_count) + " blend shapes; the others stay at rest");
  }
}

ArkitTake::~ArkitTake() = default;

Rational ArkitTake::frame_rate() const { return impl_->clock.frame_rate(); }
Rational ArkitTake::time_base() const { return impl_->clock.time_base(); }
bool ArkitTake::has(std::size_t channel) const { return impl_->rows->given().at(channel); }
const std::vector<std::string>& ArkitTake::notes() const { return impl_->notes; }

std::optional<ArkitFrame> ArkitTake::read() {
  const std::optional<TakeRow> row = impl_->rows->next();
  if (!row) return std::nullopt;
  return ArkitFrame{impl_->clock.ticks(*row), row->tracked, row->values};
}

}  // namespace reenact
