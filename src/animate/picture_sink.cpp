#include "animate/picture_sink.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <utility>

#include "animate/numbered_folder.h"
#include "reenact/core/error.h"
#include "reenact/files/atomic_file.h"
#include "reenact/files/media_files.h"
#include "reenact/media/image.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;

class VideoSink : public PictureSink {
 public:
  VideoSink(const fs::path& path, cv::Size size, const VideoWriterOptions& options)
      : writer_(path, size, options) {}
  void write(const cv::Mat& picture, std::int64_t timestamp, std::int64_t duration) override {
    writer_.write(picture, timestamp, duration);
  }
  std::vector<std::string> finish() override {
    writer_.finish();
    return writer_.notes();
  }
  void commit() override { writer_.commit(); }

 private:
  VideoWriter writer_;
};

constexpr int jpeg_quality = 95;

class FolderSink : public PictureSink {
 public:
  FolderSink(const fs::path& pattern, const VideoWriterOptions& options)
      : folder_(pattern, options.overwrite), options_(options) {}
  void write(const cv::Mat& picture, std::int64_t, std::int64_t) override {
    folder_.add(encode_marked_image(folder_.next_name(), picture, jpeg_quality, options_.comment));
  }
  std::vector<std::string> finish() override {
    folder_.flush();
    if (!options_.audio_from) return {};
    return {"the sound of " + options_.audio_from->string() +
            " is left out: a folder of pictures holds none"};
  }
  void commit() override { folder_.commit(); }

 private:
  NumberedFolder folder_;
  VideoWriterOptions options_;
};

class StillSink : public PictureSink {
 public:
  StillSink(const fs::path& path, const VideoWriterOptions& options)
      : path_(path),
        target_(path, options.overwrite ? AtomicFile::Existing::replaced : AtomicFile::Existing::kept),
        comment_(options.comment) {}
  void write(const cv::Mat& picture, std::int64_t, std::int64_t) override {
    if (!picture_.empty()) {
      throw UsageError("the driver has more than one frame, but " + path_.string() +
                       " is a single picture; name a .mp4 file");
    }
    picture_ = picture.clone();
  }
  std::vector<std::string> finish() override {
    target_.write(encode_marked_image(path_, picture_, jpeg_quality, comment_));
    return {};
  }
  void commit() override { target_.commit(); }

 private:
  fs::path path_;
  AtomicFile target_;
  std::string comment_;
  cv::Mat picture_;
};

}  // namespace

std::unique_ptr<PictureSink> make_picture_sink(const fs::path& path, cv::Size size,
                                               const VideoWriterOptions& video) {
  if (is_sequence_name(path)) return std::make_unique<FolderSink>(path, video);
  if (is_picture_name(path)) return std::make_unique<StillSink>(path, video);
  return std::make_unique<VideoSink>(path, size, video);
}

SideBySide::SideBySide(const fs::path& path, const fs::path& driver, Rational image_folder_rate,
                       std::optional<cv::RotateFlags> turn, const cv::Mat& source,
                       const VideoWriterOptions& video)
    : driver_(driver, image_folder_rate), turn_(turn) {
  cv::Size shown(driver_.info().width, driver_.info().height);
  if (turn_ && *turn_ != cv::ROTATE_180) std::swap(shown.width, shown.height);
  const double driver_width = static_cast<double>(shown.width) * source.rows / shown.height;
  const cv::Size whole(2 * source.cols + std::max(1, static_cast<int>(driver_width)), source.rows);
  const cv::Size fitted = playable_size(whole);
  const double scale = static_cast<double>(fitted.width) / whole.width;
  const int source_width = static_cast<int>(source.cols * scale);
  source_part_ = cv::Rect(0, 0, source_width, fitted.height);
  driver_part_ =
      cv::Rect(source_width, 0, std::max(1, static_cast<int>(driver_width * scale)), fitted.height);
  result_part_ = cv::Rect(driver_part_.br().x, 0, source_width, fitted.height);
  canvas_.create(fitted.height, result_part_.br().x, source.type());
  draw(source, source_part_);
  sink_ = make_picture_sink(path, canvas_.size(), video);
}

void SideBySide::write(const MotionFrame& motion, const cv::Mat& result) {
  std::optional<VideoFrame> frame;
  do {
    frame = driver_.read();
  } while (frame && frame->index < motion.index);
  if (!frame) return;
  if (turn_) cv::rotate(frame->image, frame->image, *turn_);
  draw(frame->image, driver_part_);
  draw(result, result_part_);
  sink_->write(canvas_, motion.timestamp, motion.duration);
}

void SideBySide::draw(const cv::Mat& shown, const cv::Rect& part) {
  cv::Mat place = canvas_(part);
  cv::Mat picture = shown;
  if (shown.channels() < canvas_.channels()) cv::cvtColor(shown, picture, cv::COLOR_BGR2BGRA);
  if (picture.size() == part.size()) {
    picture.copyTo(place);
  } else {
    cv::resize(picture, place, part.size(), 0, 0, cv::INTER_AREA);
  }
}

}  // namespace reenact
