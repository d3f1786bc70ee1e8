#include "cli/progress_bar.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>

namespace reenact::cli {
namespace {

constexpr int bar_width = 30;
constexpr std::chrono::milliseconds redraw_interval(100);

}  // namespace

ProgressBar::ProgressBar(bool wanted, std::string title, std::string unit)
    : shown_(wanted && isatty(STDERR_FILENO) != 0), title_(std::move(title)), unit_(std::move(unit)) {}

ProgressBar::~ProgressBar() {
  if (drawn_) std::fputs("\r\033[K", stderr);
}

void ProgressBar::update(std::int64_t done, std::int64_t total) {
  const Clock::time_point now = Clock::now();
  if (first_done_ < 0) {
    first_done_ = done;
    start_ = now;
  }
  if (!shown_ || (done < total && now - last_drawn_ < redraw_interval)) return;
  last_drawn_ = now;
  drawn_ = true;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  const double rate = elapsed > 0 ? static_cast<double>(done - first_done_) / elapsed : 0.0;
  if (total <= 0) {
    std::fprintf(stderr, "\r\033[K%s%lld %s  %.1f %s/s", title_.c_str(), static_cast<long long>(done),
                 unit_.c_str(), rate, unit_.c_str());
    return;
  }
  const double fraction = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const auto filled = static_cast<std::size_t>(std::lround(fraction * bar_width));
  const std::string bar = std::string(filled, '#') + std::string(bar_width - filled, '.');
  const auto left = static_cast<long long>(
      rate > 0 ? std::ceil(static_cast<double>(std::max<std::int64_t>(0, total - done)) / rate) : 0);
  std::fprintf(stderr, "\r\033[K%s[%s] %lld/%lld %s  %.1f %s/s  ETA %lld:%02lld", title_.c_str(), bar.c_str(),
               static_cast<long long>(done), static_cast<long long>(total), unit_.c_str(), rate,
               unit_.c_str(), left / 60, left % 60);
}

}  // namespace reenact::cli
