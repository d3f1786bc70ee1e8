#include "animate/run_outputs.h"

#include "reenact/animate/versions.h"
#include "reenact/files/media_files.h"
#include "reenact/track/quarter_turn.h"

namespace reenact {
namespace {

VideoWriterOptions video_options(const ReenactOptions& options, const MotionHeader& header,
                                 const std::optional<VideoInfo>& driver) {
  VideoWriterOptions video;
  video.crf = options.crf;
  video.preset = options.preset;
  video.frame_rate = header.frame_rate;
  video.time_base = header.time_base;
  video.overwrite = options.overwrite;
  video.comment = tool_and_version();
  if (options.audio && driver && driver->has_audio) {
    video.audio_from = options.driver;
    video.audio_start = driver->start;
  }
  return video;
}

}  // namespace

RunOutputs::RunOutputs(const ReenactOptions& options, const MotionHeader& header,
                       const std::optional<VideoInfo>& driver, const cv::Mat* canvas)
    : options_(options) {
  if (canvas != nullptr) {
    VideoWriterOptions video = video_options(options, header, driver);
    video.alpha = canvas->type() == CV_8UC4;
    sink_ = make_picture_sink(options.output, canvas->size(), video);
    if (options.side_by_side) {
      side_by_side_.emplace(side_by_side_path(options.output), options.driver, options.image_folder_rate,
                            turn_of(header), *canvas, video);
    }
  }
  if (!options.save_motion.empty()) motion_file_.emplace(options.save_motion, header, options.overwrite);
}

void RunOutputs::write_motion(const MotionFrame& frame) {
  if (motion_file_) motion_file_->write(frame);
}

void RunOutputs::write_picture(const MotionFrame& frame, const cv::Mat& picture) {
  sink_->write(picture, frame.timestamp, frame.duration);
  if (side_by_side_) side_by_side_->write(frame, picture);
}

void RunOutputs::commit(const std::optional<std::string>& damage, RunSummary& summary) {
  if (sink_) {
    for (std::string& note : sink_->finish()) summary.notes.push_back(std::move(note));
  }
  if (side_by_side_) side_by_side_->finish();
  if (motion_file_) motion_file_->finish(damage);
  if (sink_) {
    sink_->commit();
    summary.outputs.push_back(written_path(options_.output));
  }
  if (side_by_side_) {
    side_by_side_->commit();
    summary.outputs.push_back(written_path(side_by_side_path(options_.output)));
  }
  if (motion_file_) {
    motion_file_->commit();
    summary.outputs.push_back(options_.save_motion);
  }
}

}  // namespace reenact
