#include "reenact/track/driver.h"

#include <stdexcept>
#include <utility>

#include "reenact/files/media_files.h"

namespace reenact {

Driver::Driver(std::filesystem::path path, Rational image_folder_rate) : path_(std::move(path)) {
  if (is_recorded_name(path_)) return;
  pictures_.emplace(path_, image_folder_rate);
  info_ = pictures_->info();
}

VideoReader Driver::take_pictures() {
  if (!pictures_) throw std::logic_error("the driver has no pictures to give");
  VideoReader pictures = std::move(*pictures_);
  pictures_.reset();
  return pictures;
}

}  // namespace reenact
