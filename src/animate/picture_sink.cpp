#include "animate/picture_sink.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <utility>

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

class StillSink : public PictureSink {
 public:
  StillSink(const fs::path& path, std::string comment)
      : path_(path), target_(path), comment_(std::move(comment)) {}
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
  static constexpr int jpeg_quality = 95;

  fs::path path_;
  AtomicFile target_;
  std::string comment_;
  cv::Mat picture_;
};

}  // namespace

std::unique_ptr<PictureSink> make_picture_sink(const fs::path& path, cv::Size size,
                                               const VideoWriterOptions& video) {
  if (is_picture_name(path)) return std::make_unique<StillSink>(path, video.comment);
  return std::make_unique<VideoSink>(path, size, video);
}

SideBySide::SideBySide(const fs::path& path, const fs::path& driver, Rational image_folder_rate,
                       cv::Mat source, const VideoWriterOptions& video)
    : driver_(driver, image_folder_rate), source_(std::move(source)) {
  const VideoInfo& info = driver_.info();
  driver_width_ =
      std::max(1, static_cast<int>(static_cast<std::int64_t>(info.width) * source_.rows / info.height));
  canvas_.create(source_.rows, 2 * source_.cols + driver_width_, CV_8UC3);
  sink_ = make_picture_sink(path, canvas_.size(), video);
}

void SideBySide::write(const MotionFrame& motion, const cv::Mat& result) {
  std::optional<VideoFrame> frame;
  do {
    frame = driver_.read();
  } while (frame && frame->index < motion.index);
  if (!frame) return;
  source_.copyTo(canvas_(cv::Rect(0, 0, source_.cols, source_.rows)));
  cv::resize(frame->image, canvas_(cv::Rect(source_.cols, 0, driver_width_, source_.rows)),
             cv::Size(driver_width_, source_.rows), 0, 0, cv::INTER_AREA);
  result.copyTo(canvas_(cv::Rect(source_.cols + driver_width_, 0, source_.cols, source_.rows)));
  sink_->write(canvas_, motion.timestamp, motion.duration);
}

}  // namespace reenact
