#include "reenact/animate/run.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <future>
#include <memory>

#include "animate/picture_sink.h"
#include "reenact/animate/versions.h"
#include "reenact/core/error.h"
#include "reenact/media/image.h"
#include "reenact/media/synthetic_mark.h"
#include "reenact/track/read_ahead.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// Throws Interrupted when the caller wants a run to end that has written nothing yet.
void stop_if_asked(const RunObserver& observer) {
  if (observer.should_stop && observer.should_stop()) {
    throw Interrupted("interrupted before the first frame; nothing was written");
  }
}

/// The first frames of a motion, kept until the reference frame is chosen.
class ReferenceWindow {
 public:
  ReferenceWindow(MotionSource& motion, std::size_t length, const RunObserver& observer) : motion_(motion) {
    while (frames_.size() < length) {
      stop_if_asked(observer);
      std::optional<MotionFrame> frame = motion.next();
      if (!frame) break;
      frames_.push_back(std::move(*frame));
    }
  }

  const MotionFrame& at(std::int64_t index) const {
    if (index >= static_cast<std::int64_t>(frames_.size())) {
      throw UsageError("--reference-frame " + std::to_string(index) + " lies beyond the driver, which has " +
                       std::to_string(frames_.size()) + " frames");
    }
    return frames_[static_cast<std::size_t>(index)];
  }

  const MotionFrame& best_for(const FaceFit& source, const FaceOpenings& openings) const {
    std::vector<const MotionFrame*> frames;
    for (const MotionFrame& frame : frames_) frames.push_back(&frame);
    return *frames[best_reference(source, openings, frames)];
  }

  bool empty() const { return frames_.empty(); }
  bool single() const { return frames_.size() == 1; }

  std::optional<MotionFrame> next() {
    if (frames_.empty()) return motion_.next();
    MotionFrame frame = std::move(frames_.front());
    frames_.pop_front();
    return frame;
  }

 private:
  MotionSource& motion_;
  std::deque<MotionFrame> frames_;
};

/// Facts about the driver's pictures; none of a motion file.
std::optional<VideoInfo> driver_info(const ReenactOptions& options) {
  if (is_motion_path(options.driver)) return std::nullopt;
  return VideoReader(options.driver, options.image_folder_rate).info();
}

VideoWriterOptions video_options(const ReenactOptions& options, const MotionHeader& header, bool has_audio) {
  VideoWriterOptions video;
  video.crf = options.crf;
  video.preset = options.preset;
  video.frame_rate = header.frame_rate;
  video.time_base = header.time_base;
  video.overwrite = options.overwrite;
  video.comment = tool_and_version();
  if (options.audio && has_audio) video.audio_from = options.driver;
  return video;
}

/// A driver frame on its way through the stages; `generated` is empty when it shows nothing new to paint.
struct FrameInWork {
  MotionFrame motion;
  std::optional<GeneratedFrame> generated;
};

/// Frames of the pipeline that may wait between two stages.
constexpr std::size_t waiting_motions = 16;
constexpr std::size_t waiting_frames = 4;

}  // namespace

SourceAvatar prepare_source(const Engine& engine, const ReenactOptions& options) {
  const cv::Mat photo = read_photo(options.source);
  const std::optional<Landmarks> landmarks = engine.make_locator(options.source_face).find_in_photo(photo);
  if (!landmarks) {
    throw NoFaceError("no face was found in the photo " + options.source.string() +
                      "; it should show one face from the front, at least 40 pixels wide");
  }
  return SourceAvatar(photo, *landmarks, engine.model(), engine.fitter(), engine.generator(), options.view);
}

std::unique_ptr<MotionSource> open_motion(const Engine& engine, const ReenactOptions& options,
                                          const RunObserver& observer, StageTimes& times) {
  if (is_motion_path(options.driver)) return std::make_unique<RecordedMotion>(options.driver);
  VideoReader reader(options.driver, options.image_folder_rate);
  const std::int64_t total =
      std::min<std::int64_t>(reader.info().frame_count, options.tracking.look_ahead_frames);
  TrackingOptions tracking_options = options.tracking;
  if (!options.pipelined) tracking_options.decode_ahead = 0;
  auto tracking = std::make_unique<TrackedMotion>(std::move(reader), engine.make_locator(options.driver_face),
                                                  engine.model(), engine.fitter(), tracking_options, times);
  tracking->look_ahead([&](std::int64_t done) {
    stop_if_asked(observer);
    if (observer.look_ahead) observer.look_ahead(done, total);
  });
  return tracking;
}

void animate(const Engine& engine, const SourceAvatar* avatar, MotionSource& motion,
             const ReenactOptions& options, const RunObserver& observer, RunSummary& summary) {
  const Clock::time_point start = Clock::now();
  StageTimes& times = summary.times;
  const MotionHeader& header = motion.header();
  const std::optional<VideoInfo> info = driver_info(options);
  const std::int64_t total = info ? info->frame_count : 0;

  const std::size_t window_length = options.reference_frame
                                        ? static_cast<std::size_t>(*options.reference_frame) + 1
                                        : static_cast<std::size_t>(options.tracking.look_ahead_frames);
  ReferenceWindow window(motion, std::max<std::size_t>(window_length, 2), observer);
  if (window.empty()) throw InputError("the driver " + options.driver.string() + " has no frames");

  const VideoWriterOptions video = video_options(options, header, info && info->has_audio);
  std::optional<Retargeter> retargeter;
  std::optional<AvatarRenderer> renderer;
  std::unique_ptr<PictureSink> sink;
  std::optional<SideBySide> side_by_side;
  std::optional<MotionFileWriter> motion_file;
  if (avatar != nullptr) {
    const FaceFit& fit = avatar->fit();
    const FaceOpenings openings = OpeningGauge(engine.model()).measure(fit.identity, fit.expression);
    const MotionFrame& reference =
        options.reference_frame ? window.at(*options.reference_frame) : window.best_for(fit, openings);
    summary.reference_frame = reference.index;
    summary.motion = options.motion.value_or(window.single() ? MotionMode::absolute : MotionMode::relative);
    if (window.single() && summary.motion == MotionMode::relative) {
      throw UsageError("relative motion needs more than one driver frame; use --motion absolute");
    }
    retargeter.emplace(engine.model(), fit, reference, summary.motion);
    renderer.emplace(*avatar, engine.model(), engine.generator());
    summary.generator = engine.generator().info();
    summary.source_fit_error = fit.relative_error();
    summary.width = avatar->canvas().cols;
    summary.height = avatar->canvas().rows;
    sink = make_picture_sink(options.output, avatar->canvas().size(), video);
    if (options.side_by_side) {
      side_by_side.emplace(side_by_side_path(options.output), options.driver, options.image_folder_rate,
                           avatar->canvas(), video);
    }
  }
  if (!options.save_motion.empty()) motion_file.emplace(options.save_motion, header, options.overwrite);

  {
    ReadAhead<MotionFrame> motions(options.pipelined ? waiting_motions : 0, [&] { return window.next(); });
    ReadAhead<FrameInWork> frames(
        options.pipelined && renderer ? waiting_frames : 0, [&]() -> std::optional<FrameInWork> {
          std::optional<MotionFrame> frame = motions.next();
          if (!frame) return std::nullopt;
          FrameInWork work{std::move(*frame), std::nullopt};
          if (!renderer || (!work.motion.tracked && options.on_lost != OnLost::hold)) return work;
          const ConditioningMaps& maps = times.measure(Stage::maps, [&]() -> const ConditioningMaps& {
            return renderer->maps(retargeter->retarget(work.motion));
          });
          work.generated = times.measure(Stage::network, [&] { return renderer->generate(maps); });
          return work;
        });

    cv::Mat labelled;
    while (const std::optional<FrameInWork> work = frames.next()) {
      if (observer.should_stop && observer.should_stop()) {
        summary.interrupted = true;
        break;
      }
      const MotionFrame& frame = work->motion;
      if (!frame.tracked) {
        ++summary.lost;
        if (options.on_lost == OnLost::fail) {
          throw NoFaceError("no face in frame " + std::to_string(frame.index) + " of the driver " +
                            options.driver.string() + "; --on-lost hold would repeat the last motion");
        }
      }
      if (motion_file) motion_file->write(frame);
      if (work->generated) {
        times.measure(Stage::compose, [&] {
          const cv::Mat& picture = renderer->compose(*work->generated);
          if (options.label) {
            picture.copyTo(labelled);
            draw_synthetic_label(labelled);
          } else {
            labelled = picture;
          }
        });
        times.measure(Stage::encode, [&] {
          sink->write(labelled, frame.timestamp);
          if (side_by_side) side_by_side->write(frame, labelled);
        });
      }
      if (frame.tracked || options.on_lost == OnLost::hold) ++summary.frames;
      if (summary.frames == 1)
        summary.seconds_to_first = std::chrono::duration<double>(Clock::now() - start).count();
      if (observer.progress) observer.progress(frame.index + 1, total);
    }
  }
  if (summary.frames == 0) {
    stop_if_asked(observer);
    throw NoFaceError("no face was found in any frame of the driver " + options.driver.string());
  }

  times.measure(Stage::encode, [&] {
    if (sink) {
      summary.notes = sink->finish();
      summary.outputs.push_back(options.output);
    }
    if (side_by_side) {
      side_by_side->finish();
      summary.outputs.push_back(side_by_side_path(options.output));
    }
    if (motion_file) {
      motion_file->finish();
      summary.outputs.push_back(options.save_motion);
    }
  });
  summary.driver_fit_error = motion.mean_relative_error();
}

RunSummary run_reenact(const ReenactOptions& options, const RunObserver& observer) {
  options.validate();
  const Clock::time_point start = Clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  const bool has_source = !options.source.empty();
  RunSummary summary;
  const Engine engine = summary.times.measure(Stage::load, [&] { return Engine(options, has_source); });
  stop_if_asked(observer);
  // The photo is prepared while the driver is tracked; what is wrong with it is said first.
  std::optional<SourceAvatar> avatar;
  std::future<SourceAvatar> preparation;
  if (has_source) {
    preparation = std::async(std::launch::async, [&] {
      return summary.times.measure(Stage::source, [&] { return prepare_source(engine, options); });
    });
  }
  const auto take_avatar = [&] {
    if (preparation.valid()) avatar.emplace(preparation.get());
  };
  RunObserver watch = observer;
  watch.look_ahead = [&](std::int64_t done, std::int64_t total) {
    if (preparation.valid() &&
        preparation.wait_for(std::chrono::seconds::zero()) == std::future_status::ready) {
      take_avatar();
    }
    if (observer.look_ahead) observer.look_ahead(done, total);
  };
  std::unique_ptr<MotionSource> motion;
  try {
    motion = open_motion(engine, options, watch, summary.times);
  } catch (const Interrupted&) {
    throw;
  } catch (const Error&) {
    take_avatar();
    throw;
  }
  take_avatar();
  stop_if_asked(observer);
  const double seconds_before = seconds();
  animate(engine, avatar ? &*avatar : nullptr, *motion, options, observer, summary);
  motion.reset();  // its decoder still counts its time
  summary.seconds_to_first += seconds_before;
  summary.seconds = seconds();
  return summary;
}

}  // namespace reenact
