#include "reenact/app/reenact.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <opencv2/imgproc.hpp>

#include "reenact/core/error.h"
#include "reenact/io/face_model_file.h"
#include "reenact/media/image.h"
#include "reenact/media/synthetic_mark.h"
#include "reenact/media/video_writer.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;

bool same_file(const fs::path& a, const fs::path& b) {
  std::error_code ignored;
  return fs::equivalent(a, b, ignored);
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

/// True for two spellings of one path, whether a file is there or not.
bool same_place(const fs::path& a, const fs::path& b) {
  std::error_code ignored;
  return same_file(a, b) || fs::weakly_canonical(a, ignored) == fs::weakly_canonical(b, ignored);
}

/// Throws OutputError unless the ending is that of a video or, for a driver of one frame, of a picture.
void check_ending(const fs::path& output) {
  std::string ending = output.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const char* known : {".mp4", ".mov", ".png", ".jpg", ".jpeg"}) {
    if (ending == known) return;
  }
  throw OutputError(
      output.string() +
      " has an ending that cannot be written; name a video .mp4 or .mov, a picture .png or .jpg");
}

/// Throws OutputError when a file of this name cannot be made, or exists and may not be replaced.
void check_place(const fs::path& target, bool overwrite) {
  std::error_code ignored;
  if (fs::is_directory(target, ignored)) throw OutputError(target.string() + " is a folder; name a file");
  if (!overwrite && is_there(target)) {
    throw OutputError(target.string() + " exists already; give --overwrite to replace it");
  }
  const fs::path folder = fs::absolute(target).parent_path();
  if (!fs::is_directory(folder, ignored)) {
    throw OutputError("cannot write " + target.string() + ": there is no folder " + folder.string());
  }
  if (::access(folder.c_str(), W_OK) != 0) {
    throw OutputError("cannot write " + target.string() + ": the folder " + folder.string() +
                      " is read-only");
  }
}

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

/// Where finished pictures go: a video, or a single still.
class PictureSink {
 public:
  virtual ~PictureSink() = default;
  virtual void write(const cv::Mat& picture, std::int64_t timestamp) = 0;
  /// Notes for the user.
  virtual std::vector<std::string> finish() = 0;
};

class VideoSink : public PictureSink {
 public:
  VideoSink(const fs::path& path, cv::Size size, const VideoWriterOptions& options)
      : writer_(path, size, options) {}
  void write(const cv::Mat& picture, std::int64_t timestamp) override { writer_.write(picture, timestamp); }
  std::vector<std::string> finish() override {
    writer_.finish();
    return writer_.notes();
  }

 private:
  VideoWriter writer_;
};

class StillSink : public PictureSink {
 public:
  explicit StillSink(fs::path path) : path_(std::move(path)) {}
  void write(const cv::Mat& picture, std::int64_t) override {
    if (!picture_.empty()) {
      throw UsageError("the driver has more than one frame, but " + path_.string() +
                       " is a single picture; name a .mp4 file");
    }
    picture_ = picture.clone();
  }
  std::vector<std::string> finish() override {
    write_marked_image(path_, picture_, 95, tool_and_version());
    return {};
  }

 private:
  fs::path path_;
  cv::Mat picture_;
};

/// Writes source | driver | result; reads the driver a second time so that no frames are kept.
class SideBySide {
 public:
  SideBySide(const ReenactOptions& options, const cv::Mat& source, const VideoWriterOptions& video)
      : driver_(options.driver, options.image_folder_rate), source_(source) {
    const VideoInfo& info = driver_.info();
    driver_width_ =
        std::max(1, static_cast<int>(static_cast<std::int64_t>(info.width) * source.rows / info.height));
    canvas_.create(source.rows, 2 * source.cols + driver_width_, CV_8UC3);
    const fs::path path = side_by_side_path(options.output);
    if (is_image_path(path)) {
      sink_ = std::make_unique<StillSink>(path);
    } else {
      sink_ = std::make_unique<VideoSink>(path, canvas_.size(), video);
    }
  }

  void write(const MotionFrame& motion, const cv::Mat& result) {
    std::optional<VideoFrame> frame;
    do {
      frame = driver_.read();
    } while (frame && frame->index < motion.index);
    if (!frame) return;
    source_.copyTo(canvas_(cv::Rect(0, 0, source_.cols, source_.rows)));
    cv::resize(frame->image, canvas_(cv::Rect(source_.cols, 0, driver_width_, source_.rows)),
               cv::Size(driver_width_, source_.rows), 0, 0, cv::INTER_AREA);
    result.copyTo(canvas_(cv::Rect(source_.cols + driver_width_, 0, source_.cols, source_.rows)));
    sink_->write(canvas_, motion.timestamp);
  }

  void finish() { sink_->finish(); }

 private:
  VideoReader driver_;
  cv::Mat source_;
  cv::Mat canvas_;
  int driver_width_ = 0;
  std::unique_ptr<PictureSink> sink_;
};

}  // namespace

fs::path generator_directory(const ReenactOptions& options) {
  const fs::path named = options.models / options.generator;
  return fs::is_directory(named) ? named : fs::path(options.generator);
}

LandmarkLocator make_locator(const ReenactOptions& options, const FaceChoice& choice) {
  return options.landmarks == LandmarkScheme::dlib68
             ? LandmarkLocator::dlib68(options.shape_predictor, choice)
             : LandmarkLocator::dense(options.models / "landmarks", options.infer, choice);
}

std::string tool_and_version() { return std::string("reenact ") + REENACT_VERSION; }

fs::path side_by_side_path(const fs::path& output) {
  fs::path path = output;
  path.replace_filename(output.stem().string() + "_side_by_side" + output.extension().string());
  return path;
}

void ReenactOptions::validate() const {
  if (driver.empty()) throw UsageError("no driver given; name one with --driver");
  if (source.empty() != output.empty()) {
    throw UsageError("--source and --output go together; name both, or neither with --save-motion");
  }
  if (source.empty() && save_motion.empty()) {
    throw UsageError("nothing to do; name --source and --output, or --save-motion");
  }
  if (is_motion_path(driver) && side_by_side) {
    throw UsageError("--side-by-side needs the driver's pictures, but the driver is a motion file");
  }
  if (is_motion_path(driver) && !save_motion.empty()) {
    throw UsageError("--save-motion needs a driver to track, but the driver is a motion file already");
  }
  if (reference_frame && *reference_frame < 0) throw UsageError("--reference-frame must be 0 or more");
  if (view.size != 0 && (view.size < 64 || view.size > 8192)) {
    throw UsageError("--size must lie between 64 and 8192 pixels");
  }
  if (crf < 0 || crf > 51) throw UsageError("--crf must lie between 0 and 51");
  for (const fs::path& input : {source, driver}) {
    if (!input.empty() && !is_there(input)) throw InputError("there is no file " + input.string());
  }
  std::vector<fs::path> targets;
  if (!output.empty()) {
    check_ending(output);
    targets.push_back(output);
    if (side_by_side) targets.push_back(side_by_side_path(output));
  }
  if (!save_motion.empty()) {
    if (!is_motion_path(save_motion)) {
      throw OutputError("a motion file ends in .jsonl; name it so instead of " + save_motion.string());
    }
    targets.push_back(save_motion);
  }
  if (!report.empty()) targets.push_back(report);
  for (auto target = targets.begin(); target != targets.end(); ++target) {
    for (const fs::path& input : {source, driver}) {
      if (!input.empty() && same_file(input, *target)) {
        throw UsageError("the output " + target->string() + " is one of the inputs; choose another name");
      }
    }
    if (std::any_of(targets.begin(), target,
                    [&](const fs::path& other) { return same_place(other, *target); })) {
      throw UsageError("two outputs are named " + target->string() + "; choose another name for one");
    }
    check_place(*target, overwrite);
  }
  fit.validate();
  tracking.validate();
}

RunSummary run_reenact(const ReenactOptions& options, const RunObserver& observer) {
  options.validate();
  const auto start = std::chrono::steady_clock::now();
  RunSummary summary;
  StageTimes& times = summary.times;

  const FaceModel model =
      times.measure(Stage::load, [&] { return load_face_model(options.models / "face_model"); });
  const FaceFitter fitter(model, options.landmarks, options.fit);

  std::optional<Generator> generator;
  std::optional<SourceAvatar> avatar;
  std::optional<LandmarkLocator> locator =
      times.measure(Stage::load, [&] { return make_locator(options, options.source_face); });
  stop_if_asked(observer);
  if (!options.source.empty()) {
    times.measure(Stage::load, [&] { generator.emplace(generator_directory(options), options.infer); });
    stop_if_asked(observer);
    times.measure(Stage::source, [&] {
      const cv::Mat photo = read_photo(options.source);
      const std::optional<Landmarks> landmarks = locator->find_in_photo(photo);
      if (!landmarks) {
        throw NoFaceError("no face was found in the photo " + options.source.string() +
                          "; it should show one face from the front, at least 40 pixels wide");
      }
      avatar.emplace(photo, *landmarks, model, fitter, *generator, options.view);
    });
    summary.generator = generator->info();
    summary.source_fit_error = avatar->fit().relative_error();
    summary.width = avatar->canvas().cols;
    summary.height = avatar->canvas().rows;
  }

  std::unique_ptr<MotionSource> motion;
  const TrackedMotion* tracked = nullptr;
  std::int64_t total = 0;
  bool driver_has_audio = false;
  if (is_motion_path(options.driver)) {
    motion = std::make_unique<RecordedMotion>(options.driver);
  } else {
    VideoReader reader(options.driver, options.image_folder_rate);
    total = reader.info().frame_count;
    driver_has_audio = reader.info().has_audio;
    locator->set_choice(options.driver_face);
    auto tracking =
        std::make_unique<TrackedMotion>(std::move(reader), *locator, model, fitter, options.tracking, times);
    tracking->look_ahead([&](std::int64_t done) {
      stop_if_asked(observer);
      if (observer.look_ahead) {
        observer.look_ahead(done, std::min<std::int64_t>(total, options.tracking.look_ahead_frames));
      }
    });
    tracked = tracking.get();
    motion = std::move(tracking);
  }
  const MotionHeader& header = motion->header();

  const std::size_t window_length = options.reference_frame
                                        ? static_cast<std::size_t>(*options.reference_frame) + 1
                                        : static_cast<std::size_t>(options.tracking.look_ahead_frames);
  ReferenceWindow window(*motion, std::max<std::size_t>(window_length, 2), observer);
  if (window.empty()) throw InputError("the driver " + options.driver.string() + " has no frames");

  std::optional<Retargeter> retargeter;
  if (avatar) {
    const FaceOpenings source_openings =
        OpeningGauge(model).measure(avatar->fit().identity, avatar->fit().expression);
    const MotionFrame& reference = options.reference_frame ? window.at(*options.reference_frame)
                                                           : window.best_for(avatar->fit(), source_openings);
    summary.reference_frame = reference.index;
    summary.motion = options.motion.value_or(window.single() ? MotionMode::absolute : MotionMode::relative);
    if (window.single() && summary.motion == MotionMode::relative) {
      throw UsageError("relative motion needs more than one driver frame; use --motion absolute");
    }
    retargeter.emplace(model, avatar->fit(), reference, summary.motion);
  }

  std::optional<MotionFileWriter> motion_file;
  if (!options.save_motion.empty()) motion_file.emplace(options.save_motion, header, options.overwrite);
  VideoWriterOptions video;
  video.crf = options.crf;
  video.preset = options.preset;
  video.frame_rate = header.frame_rate;
  video.time_base = header.time_base;
  video.overwrite = options.overwrite;
  video.comment = tool_and_version();
  if (options.audio && driver_has_audio) video.audio_from = options.driver;
  std::unique_ptr<PictureSink> sink;
  std::optional<SideBySide> side_by_side;
  if (avatar) {
    if (is_image_path(options.output)) {
      sink = std::make_unique<StillSink>(options.output);
    } else {
      sink = std::make_unique<VideoSink>(options.output, avatar->canvas().size(), video);
    }
    if (options.side_by_side) side_by_side.emplace(options, avatar->canvas(), video);
  }

  cv::Mat labelled;
  while (std::optional<MotionFrame> frame = window.next()) {
    if (observer.should_stop && observer.should_stop()) {
      summary.interrupted = true;
      break;
    }
    if (!frame->tracked) {
      ++summary.lost;
      if (options.on_lost == OnLost::fail) {
        throw NoFaceError("no face in frame " + std::to_string(frame->index) + " of the driver " +
                          options.driver.string() + "; --on-lost hold would repeat the last motion");
      }
    }
    if (motion_file) motion_file->write(*frame);
    if (frame->tracked || options.on_lost == OnLost::hold) {
      if (avatar) {
        const ConditioningMaps& maps = times.measure(Stage::maps, [&]() -> const ConditioningMaps& {
          return avatar->maps(retargeter->retarget(*frame));
        });
        const GeneratedFrame generated =
            times.measure(Stage::network, [&] { return generator->forward(maps); });
        times.measure(Stage::compose, [&] {
          const cv::Mat& picture = avatar->compose(generated);
          if (options.label) {
            picture.copyTo(labelled);
            draw_synthetic_label(labelled);
          } else {
            labelled = picture;
          }
        });
        times.measure(Stage::encode, [&] {
          sink->write(labelled, frame->timestamp);
          if (side_by_side) side_by_side->write(*frame, labelled);
        });
      }
      ++summary.frames;
    }
    if (observer.progress) observer.progress(frame->index + 1, total);
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
  if (tracked != nullptr) summary.driver_fit_error = tracked->mean_relative_error();
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return summary;
}

}  // namespace reenact
