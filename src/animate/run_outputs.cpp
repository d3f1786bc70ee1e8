#include "animate/run_outputs.h"

#include "animate/mesh_file.h"
#include "reenact/animate/versions.h"
#include "reenact/files/media_files.h"
#include "reenact/io/arkit_motion.h"
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

std::unique_ptr<MotionWriter> make_motion_writer(const ReenactOptions& options, const MotionHeader& header,
                                                 const FaceModel& model) {
  if (is_take_name(options.save_motion)) {
    return std::make_unique<ArkitFileWriter>(options.save_motion, header, model, options.overwrite);
  }
  return std::make_unique<MotionFileWriter>(options.save_motion, header, options.overwrite);
}

}  // namespace

RunOutputs::RunOutputs(const ReenactOptions& options, const MotionHeader& header,
                       const std::optional<VideoInfo>& driver, const FaceModel& model, const cv::Mat* canvas)
    : options_(options), model_(model) {
  if (canvas != nullptr) {
    VideoWriterOptions video = video_options(options, header, driver);
    video.alpha = canvas->type() == CV_8UC4;
    sink_ = make_picture_sink(options.output, canvas->size(), video);
    if (options.side_by_side) {
      side_by_side_.emplace(side_by_side_path(options.output), options.driver, options.image_folder_rate(),
                            turn_of(header), *canvas, video);
    }
  }
  if (!options.save_motion.empty()) motion_file_ = make_motion_writer(options, header, model);
  if (!options.save_meshes.empty()) meshes_.emplace(meshes_pattern(options), options.overwrite);
}

void RunOutputs::write_motion(const MotionFrame& frame) {
  if (motion_file_) motion_file_->write(frame);
}

void RunOutputs::write_picture(const MotionFrame& frame, const cv::Mat& picture) {
  sink_->write(picture, frame.timestamp, frame.duration);
  if (side_by_side_) side_by_side_->write(frame, picture);
}

void RunOutputs::write_mesh(const MotionFrame& frame, const Eigen::Matrix3Xf& vertices,
                            double pixels_per_cm) {
  if (!meshes_) return;
  const std::string comment =
      tool_and_version() + ", synthetic\nframe " + std::to_string(frame.index) +
      "\ncentimetres: x right, y up, z to the viewer, from the middle of the picture\n" +
      std::to_string(pixels_per_cm) + " pixels per centimetre";
  meshes_->add(mesh_bytes(meshes_->next_name(), vertices, model_.triangles, comment));
}

void RunOutputs::commit(const std::optional<std::string>& damage, RunSummary& summary) {
  if (sink_) {
    for (std::string& note : sink_->finish()) summary.notes.push_back(std::move(note));
  }
  if (side_by_side_) side_by_side_->finish();
  if (motion_file_) motion_file_->finish(damage);
  if (meshes_) meshes_->flush();
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
  if (meshes_) {
    meshes_->commit();
    summary.outputs.push_back(written_path(meshes_pattern(options_)));
  }
}

}  // namespace reenact
