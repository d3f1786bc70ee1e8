#include "reenact/animate/run.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>

#include "animate/background_pictures.h"
#include "animate/finished_picture.h"
#include "animate/posed_mesh.h"
#include "animate/reference_window.h"
#include "animate/run_outputs.h"
#include "reenact/animate/avatar_renderer.h"
#include "reenact/animate/reference_choice.h"
#include "reenact/core/error.h"
#include "reenact/core/threads.h"
#include "reenact/detail/detail_renderer.h"
#include "reenact/files/media_files.h"
#include "reenact/media/image.h"
#include "reenact/media/synthetic_mark.h"
#include "reenact/media/video_writer.h"
#include "reenact/track/quarter_turn.h"
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

/// The photo's person in one frame, posed but not yet painted.
struct PosedFace {
  FrameMaps maps;
  std::optional<std::vector<float>> light;  ///< of the driver's folds (AvatarRenderer::shade)
  EyeRig::Poses eyes;
  std::optional<PlacedMouth> mouth;            ///< where the driver's is painted
  std::shared_ptr<const DriverMouth> painter;  ///< of `mouth`: that of the frame's shot
  MouthUse mouth_use = MouthUse::closed;
  Eigen::Matrix3Xf mesh;  ///< in cm, where meshes are saved
};

/// A driver frame on its way through the stages; `posed` is empty when it shows nothing new to paint.
struct FrameInWork {
  MotionFrame motion;
  std::optional<std::int64_t> reference;  ///< number of the shot's reference frame, where a shot starts
  bool lacks_folds = false;               ///< the reference frame does not tell how the driver's skin folds
  std::string mouth_note;                 ///< where a shot starts: why the generator paints its mouths
  std::optional<PosedFace> posed;
  GeneratedFrame generated;  ///< of `posed`
};

/// Frames of the pipeline that may wait between two stages.
constexpr std::size_t waiting_motions = 16;
constexpr std::size_t waiting_poses = 2;
constexpr std::size_t waiting_frames = 4;

/// Frames read before the first is written; two tell a single picture from a video.
std::size_t window_length(const ReenactOptions& options) {
  const std::int64_t wanted =
      options.reference_frame ? *options.reference_frame + 1 : options.tracking.look_ahead_frames;
  return static_cast<std::size_t>(std::max<std::int64_t>(wanted, 2));
}

/// Throws UsageError for a reference frame that the driver does not have.
void require_reference(const ReferenceWindow& window, const ReenactOptions& options) {
  if (!options.reference_frame || window.size() > static_cast<std::size_t>(*options.reference_frame)) return;
  throw UsageError("--reference-frame " + std::to_string(*options.reference_frame) +
                   " lies beyond the driver, which has " + std::to_string(window.size()) + " frames");
}

/// Whether a frame has its place in the outputs.
bool is_shown(const MotionFrame& motion, const ReenactOptions& options) {
  return motion.tracked || options.on_lost == OnLost::hold;
}

/// Counts a frame without a face. Throws NoFaceError when it must not be.
void count_lost(const MotionFrame& motion, const ReenactOptions& options, RunSummary& summary) {
  ++summary.lost;
  if (options.on_lost != OnLost::fail) return;
  throw NoFaceError("no face in frame " + std::to_string(motion.index) + " of the driver " +
                    options.driver.string() + "; --on-lost hold would repeat the last motion");
}

/// The reference of a shot is the frame that a user named, where it lies in it, else the one that corresponds
/// best to the photo, with the eyes as open as usual.
ReferenceWindow::Learner shot_learner(const SourceAvatar& avatar, const ReenactOptions& options) {
  const FaceFit& fit = avatar.fit();
  const FaceOpenings openings = OpeningGauge(avatar.model()).measure(fit.identity, fit.expression);
  const auto reference = [&avatar, &fit, openings,
                          named = options.reference_frame](const std::vector<const MotionFrame*>& shot) {
    const auto found = std::find_if(
        shot.begin(), shot.end(), [&](const MotionFrame* frame) { return named && frame->index == *named; });
    if (found != shot.end()) return **found;
    return with_usual_lids(*shot[best_reference(avatar.model(), fit, openings, shot)], shot);
  };
  return [reference, needs_folds = options.detail > 0](const std::vector<const MotionFrame*>& shot) {
    ShotStart start{reference(shot), {}};
    if (needs_folds) start.pose_shading = PoseShading(shot, start.reference);
    return start;
  };
}

/// Throws UsageError when a driver of one frame is to move relative to itself.
MotionMode motion_mode(const ReenactOptions& options, bool is_single) {
  const MotionMode mode = options.motion.value_or(is_single ? MotionMode::absolute : MotionMode::relative);
  if (is_single && mode == MotionMode::relative) {
    throw UsageError("relative motion needs more than one driver frame; use --motion absolute");
  }
  return mode;
}

/// The source person moved by a driver. pose() with what begins a shot, generate() and compose() may run in a
/// thread each.
class Puppet {
 public:
  /// Tells `summary` what it shows, whose motion mode is chosen.
  Puppet(const Engine& engine, const SourceAvatar& avatar, const MotionHeader& header,
         const ReenactOptions& options, RunSummary& summary)
      : avatar_(avatar),
        renderer_(make_renderer(avatar, engine.generator())),
        model_(engine.model()),
        options_(options),
        mode_(summary.motion),
        seconds_per_tick_(header.time_base.value()),
        finish_(avatar.canvas().size(), options.background, options.label) {
    if (options.mouth == MouthInside::driver) {
      if (std::string note = take_mouths(header.mouth_colours); !note.empty()) {
        summary.notes.push_back(std::move(note));
      }
    }
    summary.generator = engine.generator().info();
    summary.source_fit_error = avatar.fit().relative_error();
    summary.eye_refusals = avatar.eyes().refusals();
    summary.layers = avatar.layers().has_value();
    summary.layers_refusal = avatar.layers_refusal();
    if (avatar.eyes().made_up()) {
      summary.notes.emplace_back("the eyes are shut in the photo; what they show when they open is made up");
    }
    summary.width = avatar.canvas().cols;
    summary.height = avatar.canvas().rows;
  }

  void begin_shot(ShotStart shot) {
    retargeter_.emplace(avatar_.model(), avatar_.fit(), shot.reference, mode_, ShiftLimit::torso,
                        avatar_.lid_gaps(), options_.strength);
    detail_.reset();
    if (options_.detail > 0 && shot.reference.shading) {
      detail_.emplace(model_, shot.reference, std::move(shot.pose_shading), options_.detail);
    }
  }

  /// Takes the driver's mouths of the shot, whose colours are `driver`. Returns why the generator paints them
  /// instead, or nothing.
  std::string take_mouths(const std::optional<MouthColours>& driver) {
    std::string note;
    std::optional<DriverMouth> mouth = driver_mouth_for(avatar_, driver, note);
    mouth_ = mouth ? std::make_shared<DriverMouth>(std::move(*mouth)) : nullptr;
    return note;
  }

  PosedFace pose(const MotionFrame& motion, StageTimes& times) {
    PosedFace posed;
    const double time_s = seconds_per_tick_ * static_cast<double>(motion.timestamp);
    times.measure(Stage::maps, [&] {
      MovedFace moved = move_face(*retargeter_, avatar_, mouth_.get(), motion, time_s);
      posed.mouth = std::move(moved.mouth);
      posed.painter = mouth_;
      posed.mouth_use = moved.mouth_use;
      const LidRatios lids = retargeter_->lid_ratios(motion);
      posed.maps = renderer_->maps(moved.state, lids, static_cast<float>(moved.generated_mouth));
      posed.eyes = renderer_->eyes(moved.state, lids, posed.maps.conditioning);
      if (!options_.save_meshes.empty()) posed.mesh = posed_mesh(avatar_, moved.state);
    });
    if (detail_) {
      posed.light = times.measure(Stage::detail,
                                  [&] { return detail_->light(motion, time_s, posed.maps.conditioning); });
    }
    return posed;
  }

  GeneratedFrame generate(const PosedFace& posed, StageTimes& times) const {
    return times.measure(Stage::network, [&] {
      GeneratedFrame frame = renderer_->generate(posed.maps);
      if (posed.light) renderer_->shade(*posed.light, frame);
      return frame;
    });
  }

  /// The photo at rest, as the output shows it, without the visible mark.
  const cv::Mat& still() {
    const cv::Mat* rest = finish_.put_behind(0, *renderer_);
    return finish_.unmarked(rest != nullptr ? *rest : avatar_.canvas(), renderer_->alpha());
  }

  /// The finished picture; valid until the next call. Timestamps increase.
  const cv::Mat& compose(const GeneratedFrame& face, const PosedFace& posed, std::int64_t timestamp) {
    if (!first_timestamp_) first_timestamp_ = timestamp;
    finish_.put_behind(seconds_per_tick_ * static_cast<double>(timestamp - *first_timestamp_), *renderer_);
    cv::Mat& picture = renderer_->compose(face, posed.eyes);
    if (posed.mouth) renderer_->paint_mouth(*posed.painter, *posed.mouth, picture);
    return finish_.marked(picture, renderer_->alpha());
  }

  /// A sentence about what of a background could not be read.
  std::optional<std::string> background_damage() const { return finish_.background_damage(); }

 private:
  const SourceAvatar& avatar_;
  std::unique_ptr<AvatarRenderer> renderer_;
  const FaceModel& model_;
  const ReenactOptions& options_;
  MotionMode mode_;
  std::optional<Retargeter> retargeter_;
  std::shared_ptr<DriverMouth> mouth_;  ///< of the shot
  std::optional<DetailRenderer> detail_;
  double seconds_per_tick_;
  FinishedPicture finish_;
  std::optional<std::int64_t> first_timestamp_;
};

/// The options that the generator leaves something to do: a portrait has a mouth and folds of its own.
ReenactOptions used_options(const RunParts& parts, const ReenactOptions& asked) {
  ReenactOptions used = asked;
  if (parts.avatar == nullptr || !parts.engine.generator().info().draws_portraits()) return used;
  used.mouth = MouthInside::generated;
  used.detail = 0;
  return used;
}

/// What was asked for and is not done, when a portrait is drawn; nothing when all is.
std::string unused_note(const RunParts& parts, const ReenactOptions& asked) {
  if (parts.avatar == nullptr || !parts.engine.generator().info().draws_portraits()) return "";
  const bool mouth = asked.mouth_asked && asked.mouth == MouthInside::driver;
  const bool detail = asked.detail_asked && asked.detail > 0;
  if (!mouth && !detail) return "";
  const std::string flags = !detail ? "--mouth does" : !mouth ? "--detail does" : "--mouth and --detail do";
  return flags + " nothing with the generator '" + parts.engine.generator().info().name +
         "', which draws a mouth and skin of its own";
}

/// `puppet` is null when nothing is painted.
FrameInWork pose_frame(ShownFrame shown, Puppet* puppet, const ReenactOptions& options, StageTimes& times) {
  FrameInWork frame;
  frame.motion = std::move(shown.motion);
  if (puppet == nullptr) return frame;
  if (shown.shot) {
    frame.reference = shown.shot->reference.index;
    frame.lacks_folds = options.detail > 0 && !shown.shot->reference.shading;
    puppet->begin_shot(std::move(*shown.shot));
  }
  if (frame.motion.mouth_colours && options.mouth == MouthInside::driver) {
    frame.mouth_note = puppet->take_mouths(frame.motion.mouth_colours);
  }
  if (is_shown(frame.motion, options)) frame.posed = puppet->pose(frame.motion, times);
  return frame;
}

void generate_frame(FrameInWork& frame, const Puppet& puppet, StageTimes& times) {
  if (!frame.posed) return;
  frame.generated = puppet.generate(*frame.posed, times);
  frame.posed->maps = {};
}

/// Tells `summary` of a shot's first frame.
void count_shot(const FrameInWork& frame, RunSummary& summary) {
  if (!summary.shots.empty() && !frame.motion.starts_shot) return;
  if (summary.shots.empty() && frame.reference) summary.reference_frame = *frame.reference;
  if (summary.shots.empty() && frame.lacks_folds) {
    summary.notes.emplace_back(
        "the driver's motion does not tell of the folds of its skin (a motion file without them, or "
        "--landmarks dlib68); the photo's skin keeps its own");
  }
  if (!frame.mouth_note.empty() &&
      std::find(summary.notes.begin(), summary.notes.end(), frame.mouth_note) == summary.notes.end()) {
    summary.notes.push_back(frame.mouth_note);
  }
  summary.shots.push_back({frame.motion.index, frame.reference});
}

void note_cuts(RunSummary& summary) {
  if (summary.shots.size() < 2) return;
  constexpr std::size_t most_listed = 12;
  std::string frames;
  for (std::size_t i = 1; i < std::min(summary.shots.size(), most_listed + 1); ++i) {
    frames += (i > 1 ? ", " : "") + std::to_string(summary.shots[i].first_frame);
  }
  if (summary.shots.size() > most_listed + 1) frames += ", ...";
  summary.notes.push_back("the driver is cut before " +
                          std::string(summary.shots.size() > 2 ? "frames " : "frame ") + frames +
                          "; every shot is compared with a reference frame of its own");
}

std::string size_text(cv::Size size) {
  return std::to_string(size.width) + "x" + std::to_string(size.height);
}

/// Throws OutputError before any work when the video would be larger than x264 encodes.
void require_encodable(cv::Size photo, const ReenactOptions& options) {
  constexpr int longest_side = 16384;
  const cv::Size canvas = canvas_size(photo, options.view.size);
  if (options.view.crop_only || is_picture_name(options.output)) return;
  if (std::max(canvas.width, canvas.height) <= longest_side) return;
  throw OutputError(options.output.string() + " would have " + size_text(canvas) +
                    " pixels, but a video has at most 16384 a side; give a --size");
}

NoFaceError no_face_in(const ReenactOptions& options, std::size_t faces) {
  const std::string photo = "the photo " + options.source.string();
  const FaceChoice& choice = options.source_face;
  if (faces == 0 || choice.kind != FaceChoice::Kind::index || choice.index < static_cast<int>(faces)) {
    return NoFaceError("no face was found in " + photo +
                       ", however it is turned; it should show one face from the front, at least 40 pixels "
                       "wide");
  }
  const std::string shown = faces == 1
                                ? "1 face: number 0"
                                : std::to_string(faces) + " faces: numbers 0 to " + std::to_string(faces - 1);
  return NoFaceError(photo + " shows " + shown + " from the left; --source-face names another");
}

UsageError needs_layers(const ReenactOptions& options) {
  return UsageError(
      "the generator " + options.generator +
      " draws a person to be put before a background, which needs the photo in layers; leave out "
      "--layers off");
}

/// Turns a photo, with its alpha, whose face lies on its side or upside down.
void make_upright(LandmarkLocator& locator, cv::Mat& photo, cv::Mat& alpha, const ReenactOptions& options,
                  std::vector<std::string>& notes) {
  const std::optional<cv::RotateFlags> turn = locator.find_turn(photo);
  if (!turn) return;
  cv::Mat turned;
  cv::rotate(photo, turned, *turn);
  photo = turned;
  if (!alpha.empty()) cv::rotate(alpha.clone(), alpha, *turn);
  notes.push_back("the photo " + options.source.string() + " was turned " + turn_text(*turn) +
                  ", since its face is not upright");
}

}  // namespace

SourceAvatar prepare_source(const Engine& engine, const ReenactOptions& options,
                            std::vector<std::string>& notes) {
  cv::Mat alpha;
  cv::Mat photo = read_photo(options.source, &notes, &alpha);
  LandmarkLocator locator = engine.make_locator(options.source_face);
  make_upright(locator, photo, alpha, options, notes);
  require_encodable(photo.size(), options);
  const std::optional<Landmarks> landmarks = locator.find_in_photo(photo);
  if (!landmarks) throw no_face_in(options, locator.count_in_photo(photo));
  const bool draws_portraits = engine.generator().info().draws_portraits();
  if (draws_portraits && !options.layers) throw needs_layers(options);
  const bool needs_all_layers = draws_portraits || options.background.kind != Background::Kind::keep;
  LayerSource layers{
      engine.segmenter(), alpha, needs_all_layers ? SplitRegion::photo : SplitRegion::head, {}};
  for (const Detection& other : locator.others_in_photo()) layers.other_faces.push_back(other.box);
  SourceAvatar avatar(photo, *landmarks, engine.model(), engine.fitter(), engine.generator(), options.view,
                      layers);
  if (needs_all_layers && !avatar.layers()) {
    throw InputError("the person in " + options.source.string() +
                     " cannot be cut out: " + avatar.layers_refusal() + "; choose another photo, or " +
                     (draws_portraits ? "another --generator" : "--background keep"));
  }
  const double square = square_within(photo.size(), avatar.crop()).side;
  const cv::Size natural = options.view.crop_only ? cv::Size(cv::Size2d(square, square)) : photo.size();
  if (!options.view.size && playable_size(natural) != natural) {
    notes.push_back("the output has " + size_text(avatar.canvas().size()) + " pixels instead of " +
                    size_text(natural) + ", the most that players take; --size 0 keeps all of them");
  }
  return avatar;
}

std::unique_ptr<MotionSource> open_motion(const Engine& engine, Driver& driver, const ReenactOptions& options,
                                          const RunObserver& observer, StageTimes& times) {
  if (!driver.info()) return open_recorded(driver.path(), engine.model(), options.frame_rate);
  const std::int64_t total =
      std::min<std::int64_t>(driver.info()->frame_count, options.tracking.look_ahead_frames);
  TrackingOptions tracking_options = options.tracking;
  if (!options.pipelined) tracking_options.decode_ahead = 0;
  tracking_options.turn_upright = true;
  tracking_options.observe_shading = options.detail > 0;
  tracking_options.cut_mouths = options.mouth == MouthInside::driver;
  auto tracking =
      std::make_unique<TrackedMotion>(driver.take_pictures(), engine.make_locator(options.driver_face),
                                      engine.model(), engine.fitter(), tracking_options, times);
  tracking->look_ahead([&](std::int64_t done) {
    stop_if_asked(observer);
    if (observer.look_ahead) observer.look_ahead(done, total);
  });
  return tracking;
}

void animate(const RunParts& parts, const ReenactOptions& asked, const RunObserver& observer,
             RunSummary& summary) {
  const Clock::time_point start = Clock::now();
  const ReenactOptions options = used_options(parts, asked);
  if (std::string note = unused_note(parts, asked); !note.empty()) summary.notes.push_back(std::move(note));
  StageTimes& times = summary.times;
  ReferenceWindow window(parts.motion, window_length(options),
                         static_cast<std::size_t>(options.tracking.look_ahead_frames),
                         [&] { stop_if_asked(observer); });
  if (window.empty()) throw InputError("the driver " + options.driver.string() + " has no frames");
  std::optional<Puppet> puppet;
  if (parts.avatar != nullptr) {
    require_reference(window, options);
    summary.motion = motion_mode(options, window.single());
    window.learn_by(shot_learner(*parts.avatar, options));
    puppet.emplace(parts.engine, *parts.avatar, parts.motion.header(), options, summary);
  }
  RunOutputs outputs(options, parts.motion.header(), parts.driver, parts.engine.model(),
                     puppet ? &puppet->still() : nullptr);
  const std::int64_t total = parts.driver ? parts.driver->frame_count : 0;
  {
    ReadAhead<ShownFrame> motions(options.pipelined ? waiting_motions : 0, [&] { return window.next(); });
    Puppet* const moved = puppet ? &*puppet : nullptr;
    const bool is_parallel = options.pipelined && moved != nullptr;
    ReadAhead<FrameInWork> poses(is_parallel ? waiting_poses : 0, [&]() -> std::optional<FrameInWork> {
      std::optional<ShownFrame> shown = motions.next();
      if (!shown) return std::nullopt;
      return pose_frame(std::move(*shown), moved, options, times);
    });
    ReadAhead<FrameInWork> frames(is_parallel ? waiting_frames : 0, [&]() -> std::optional<FrameInWork> {
      std::optional<FrameInWork> frame = poses.next();
      if (frame && moved != nullptr) generate_frame(*frame, *moved, times);
      return frame;
    });
    while (const std::optional<FrameInWork> frame = frames.next()) {
      if (observer.should_stop && observer.should_stop()) {
        summary.interrupted = true;
        break;
      }
      const MotionFrame& motion = frame->motion;
      count_shot(*frame, summary);
      if (!motion.tracked) count_lost(motion, options, summary);
      outputs.write_motion(motion);
      if (frame->posed) {
        summary.mouths.add(frame->posed->mouth_use);
        const cv::Mat& picture = times.measure(Stage::compose, [&]() -> const cv::Mat& {
          return puppet->compose(frame->generated, *frame->posed, motion.timestamp);
        });
        times.measure(Stage::encode, [&] {
          outputs.write_picture(motion, picture);
          outputs.write_mesh(motion, frame->posed->mesh, parts.avatar->head().pixels_per_cm);
        });
      }
      if (is_shown(motion, options)) ++summary.frames;
      if (summary.frames == 1) {
        summary.seconds_to_first = std::chrono::duration<double>(Clock::now() - start).count();
      }
      if (observer.progress) observer.progress(motion.index + 1, total);
    }
  }
  if (const auto damage = puppet ? puppet->background_damage() : std::nullopt)
    summary.notes.push_back(*damage);
  if (summary.frames == 0) {
    stop_if_asked(observer);
    throw NoFaceError("no face was found in any frame of the driver " + options.driver.string());
  }
  const std::optional<std::string> damage = summary.interrupted ? std::nullopt : parts.motion.damage();
  times.measure(Stage::encode, [&] { outputs.commit(damage, summary); });
  note_cuts(summary);
  for (std::string& note : parts.motion.notes()) summary.notes.push_back(std::move(note));
  for (const std::string& limit : parts.engine.model().limits()) {
    summary.notes.push_back("the face model '" + parts.engine.model().name + "' has " + limit);
  }
  if (damage) {
    summary.incomplete = true;
    summary.notes.push_back(*damage);
  }
  summary.driver_fit_error = parts.motion.mean_relative_error();
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
  std::vector<std::string> photo_notes;
  std::future<SourceAvatar> preparation;
  if (has_source) {
    preparation = start_for_later([&] {
      return summary.times.measure(Stage::source,
                                   [&] { return prepare_source(engine, options, photo_notes); });
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
  Driver driver(options.driver, options.image_folder_rate());
  std::unique_ptr<MotionSource> motion;
  try {
    motion = open_motion(engine, driver, options, watch, summary.times);
  } catch (const Interrupted&) {
    throw;
  } catch (const Error&) {
    take_avatar();
    throw;
  }
  take_avatar();
  stop_if_asked(observer);
  const double seconds_before = seconds();
  animate({engine, avatar ? &*avatar : nullptr, driver.info(), *motion}, options, observer, summary);
  summary.notes.insert(summary.notes.begin(), photo_notes.begin(), photo_notes.end());
  motion.reset();  // its decoder still counts its time
  summary.seconds_to_first += seconds_before;
  summary.seconds = seconds();
  return summary;
}

}  // namespace reenact
