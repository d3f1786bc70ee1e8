/// Micro-benchmarks of the stages a frame passes, one thread each. All inputs are made here: a face model in
/// motion, and pictures of smooth colour with noise.

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "eyes/painted_eye.h"
#include "reenact/animate/hidden_sides.h"
#include "reenact/compose/compositor.h"
#include "reenact/compose/crop_image.h"
#include "reenact/detail/detail_renderer.h"
#include "reenact/detail/shading_observer.h"
#include "reenact/detect/dense_landmarks.h"
#include "reenact/eyes/eye_drawing.h"
#include "reenact/fit/face_fitter.h"
#include "reenact/fit/smoother.h"
#include "reenact/infer/generator.h"
#include "reenact/io/face_model_file.h"
#include "reenact/media/video_reader.h"
#include "reenact/media/video_writer.h"
#include "reenact/mouth/driver_mouth.h"
#include "reenact/mouth/mouth_observer.h"
#include "reenact/render/conditioning.h"
#include "reenact/track/landmark_refiner.h"
#include "reenact/windows/window_renderer.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;

constexpr int picture_size = 512;
constexpr int motion_length = 48;
constexpr double crop_side = 460;
constexpr double face_height_cm = 20;

fs::path models() {
  const char* folder = std::getenv("REENACT_MODELS");
  return folder != nullptr ? fs::path(folder) : fs::path(REENACT_SOURCE_DIR) / "models";
}

InferOptions one_thread() {
  InferOptions options;
  options.device = "cpu";
  options.threads = 1;
  return options;
}

const FaceModel& face_model() {
  static const FaceModel model = load_face_model(models() / "face_model");
  return model;
}

/// A head that turns, nods, talks and looks about in the middle of a square of `size` pixels.
FaceState state_at(int frame, double size) {
  const FaceModel& model = face_model();
  const double phase = 2 * CV_PI * frame / motion_length;
  FaceState state;
  state.identity = Eigen::VectorXd::Zero(model.identity_count());
  state.expression = Eigen::VectorXd::Zero(model.expression_count());
  state.expression[model.expression_index("jawOpen")] = 0.25 - 0.25 * std::cos(phase);
  state.expression[model.expression_index("mouthSmile_L")] = 0.25 + 0.25 * std::sin(phase);
  state.expression[model.expression_index("eyeBlink_R")] = 0.5 - 0.5 * std::cos(2 * phase);
  state.gaze.right = state.gaze.left = {0.1 * std::sin(phase), 0.05};
  state.pose.rotation =
      rotation_from_angles({12 * std::sin(phase), 5 * std::sin(2 * phase), 3 * std::sin(phase)});
  state.pose.scale = 0.5 * size / face_height_cm;
  const Eigen::Vector3f centre = model.mean.rowwise().mean();
  state.pose.translation =
      Eigen::Vector2d(size / 2 - state.pose.scale * centre.x(), size / 2 + state.pose.scale * centre.y());
  return state;
}

/// The face-mesh points of a state, with irises in the middle of the eyes.
Landmarks landmarks_of(const FaceState& state) {
  const FaceModel& model = face_model();
  const Eigen::Matrix3Xf posed =
      project(state.pose, shape_face(model, state.identity, state.expression, state.gaze));
  Landmarks landmarks;
  landmarks.points.resize(2, model.landmarks468.size());
  for (Eigen::Index i = 0; i < landmarks.points.cols(); ++i) {
    const Eigen::Vector3i corners = model.triangles.col(model.landmarks468.triangle[i]);
    landmarks.points.col(i).setZero();
    for (int k = 0; k < 3; ++k) {
      landmarks.points.col(i) +=
          (model.landmarks468.barycentric(k, i) * posed.col(corners[k]).head<2>()).cast<double>();
    }
  }
  landmarks.iris.resize(2, 10);
  landmarks.iris.leftCols<5>().colwise() = (landmarks.points.col(33) + landmarks.points.col(133)) / 2;
  landmarks.iris.rightCols<5>().colwise() = (landmarks.points.col(263) + landmarks.points.col(362)) / 2;
  return landmarks;
}

/// Smooth colours that drift from frame to frame, with the noise of a camera; 8-bit BGR.
cv::Mat picture_at(int frame) {
  cv::Mat coarse(9, 9, CV_8UC3);
  cv::RNG colours(7);
  colours.fill(coarse, cv::RNG::UNIFORM, 40, 220);
  cv::Mat smooth;
  cv::resize(coarse, smooth, {2 * picture_size, 2 * picture_size}, 0, 0, cv::INTER_CUBIC);
  cv::Mat picture = smooth(cv::Rect(2 * frame, frame, picture_size, picture_size)).clone();
  cv::Mat noise(picture.size(), CV_8UC3);
  cv::RNG(static_cast<std::uint64_t>(frame) + 1).fill(noise, cv::RNG::UNIFORM, 0, 8);
  picture += noise;
  return picture;
}

std::vector<cv::Mat> pictures() {
  std::vector<cv::Mat> all;
  for (int frame = 0; frame < motion_length; ++frame) all.push_back(picture_at(frame));
  return all;
}

CropSquare crop() {
  const double margin = (picture_size - crop_side) / 2 - 0.5;
  return {margin, margin, crop_side};
}

/// A generator and what it says of one source over the motion.
class GeneratedMotion {
 public:
  explicit GeneratedMotion(const char* bundle) : generator_(models() / bundle, one_thread()) {
    const int size = generator_.info().image_size;
    ConditioningRenderer renderer(face_model(), state_at(0, size), size);
    source_ = generator_.initialize(source_planes(), renderer.source_maps());
    for (int frame = 0; frame < motion_length; ++frame)
      maps_.push_back(renderer.render(state_at(frame, size)));
  }

  std::vector<float> source_planes() const {
    return rgb_planes(extract_crop(picture_at(0), crop(), generator_.info().image_size));
  }
  const Generator& generator() const { return generator_; }
  const ConditioningMaps& source_maps() const { return maps_.front(); }
  GeneratedFrame forward(int frame) const {
    return generator_.forward(source_, maps_[static_cast<std::size_t>(frame)]);
  }

 private:
  Generator generator_;
  SourceState source_;
  std::vector<ConditioningMaps> maps_;
};

int next(int frame) { return (frame + 1) % motion_length; }

void decode(benchmark::State& state, const fs::path& clip) {
  std::optional<VideoReader> reader(clip);
  for (auto _ : state) {
    std::optional<VideoFrame> frame = reader->read();
    benchmark::DoNotOptimize(frame);
    if (!frame) reader.emplace(clip);
  }
}

void encode(benchmark::State& state, const fs::path& output) {
  const std::vector<cv::Mat> frames = pictures();
  VideoWriterOptions options;
  options.overwrite = true;
  VideoWriter writer(output, frames.front().size(), options);
  std::int64_t count = 0;
  for (auto _ : state) {
    writer.write(frames[static_cast<std::size_t>(count % motion_length)], 512 * count);
    ++count;
  }
  writer.finish();
  writer.commit();
}

void landmark_networks(benchmark::State& state) {
  const LandmarkNetworks networks(models() / "landmarks", one_thread());
  const cv::Mat picture = picture_at(0);
  const FaceBox box = face_box_from_landmarks(landmarks_of(state_at(0, picture_size)));
  for (auto _ : state) benchmark::DoNotOptimize(locate_dense_landmarks(networks, picture, box));
}

void fit_frame(benchmark::State& state) {
  const FaceFitter fitter(face_model(), LandmarkScheme::mesh468);
  std::vector<Landmarks> motion;
  for (int i = 0; i < motion_length; ++i) motion.push_back(landmarks_of(state_at(i, picture_size)));
  const Eigen::VectorXd identity = Eigen::VectorXd::Zero(face_model().identity_count());
  FaceFit fit = fitter.fit_frame(motion.back(), identity, nullptr);
  int frame = 0;
  for (auto _ : state) {
    fit = fitter.fit_frame(motion[static_cast<std::size_t>(frame)], identity, &fit);
    frame = next(frame);
  }
}

/// Cutting the view, aligning it to a keyframe; without the fit after it.
void refine_landmarks(benchmark::State& state) {
  LandmarkRefiner refiner(face_model());
  const cv::Mat picture = picture_at(0);
  FaceFit fit;
  fit.identity = state_at(0, picture_size).identity;
  std::vector<Landmarks> motion;
  std::vector<FaceFit> fits;
  for (int frame = 0; frame < motion_length; ++frame) {
    const FaceState face = state_at(frame, picture_size);
    motion.push_back(landmarks_of(face));
    fit.pose = face.pose;
    fit.expression = face.expression;
    fits.push_back(fit);
  }
  refiner.set_keyframe(*face_view(picture, motion[0]), fits[0]);
  std::size_t frame = 0;
  for (auto _ : state) {
    frame = (frame + 1) % motion.size();
    const std::optional<FaceView> view = face_view(picture, motion[frame]);
    benchmark::DoNotOptimize(refiner.refine(motion[frame], *view, fits[frame]));
  }
}

void smooth(benchmark::State& state) {
  MotionSmoother smoother(face_model(), SmoothingOptions());
  std::vector<MotionFrame> motion(motion_length);
  for (int i = 0; i < motion_length; ++i) {
    const FaceState face = state_at(i, picture_size);
    motion[static_cast<std::size_t>(i)].pose = face.pose;
    motion[static_cast<std::size_t>(i)].expression = face.expression;
    motion[static_cast<std::size_t>(i)].gaze = face.gaze;
  }
  double time_s = 0;
  int frame = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(smoother.smooth(motion[static_cast<std::size_t>(frame)], time_s));
    time_s += 0.04;
    frame = next(frame);
  }
}

void conditioning_maps(benchmark::State& state) {
  const auto size = static_cast<int>(state.range(0));
  ConditioningRenderer renderer(face_model(), state_at(0, size), size);
  std::vector<FaceState> motion;
  for (int i = 0; i < motion_length; ++i) motion.push_back(state_at(i, size));
  int frame = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(renderer.render(motion[static_cast<std::size_t>(frame)]).planes.data());
    frame = next(frame);
  }
}

/// Both eyes' windows of a frame.
void eye_windows(benchmark::State& state) {
  WindowRenderer renderer(face_model(), eye_window, state_at(0, picture_size), picture_at(0));
  std::vector<FaceState> motion;
  std::vector<Eigen::Matrix3Xf> shapes;
  for (int i = 0; i < motion_length; ++i) {
    const FaceState& face = motion.emplace_back(state_at(i, picture_size));
    shapes.push_back(shape_face(face_model(), face.identity, face.expression, face.gaze));
  }
  int frame = 0;
  for (auto _ : state) {
    const auto i = static_cast<std::size_t>(frame);
    benchmark::DoNotOptimize(renderer.render(motion[i], shapes[i]).maps.values.data());
    frame = next(frame);
  }
}

/// Of a head that is turned by 30° from where the photo shows it.
void hidden_sides(benchmark::State& state) {
  const auto size = static_cast<int>(state.range(0));
  const FaceState face = state_at(0, size);
  const HiddenSides sides(face_model(), face, cv::Mat(size, size, CV_8UC3, cv::Scalar::all(128)),
                          cv::Mat(size, size, CV_8UC1, cv::Scalar(255)));
  Pose turned = face.pose;
  turned.rotation = rotation_from_angles({30, 0, 0}) * turned.rotation;
  Raster raster;
  rasterize(project(turned, shape_face(face_model(), face.identity, face.expression, face.gaze)),
            face_model().triangles, size, false, raster);
  for (auto _ : state) benchmark::DoNotOptimize(sides.planes(raster, turned).share.data());
}

void prepare_hidden_sides(benchmark::State& state) {
  const auto size = static_cast<int>(state.range(0));
  const cv::Mat picture(size, size, CV_8UC3, cv::Scalar::all(128));
  const cv::Mat alpha(size, size, CV_8UC1, cv::Scalar(255));
  for (auto _ : state) {
    benchmark::DoNotOptimize(HiddenSides(face_model(), state_at(0, size), picture, alpha));
  }
}

void rasterizer(benchmark::State& state) {
  const auto size = static_cast<int>(state.range(0));
  const FaceState face = state_at(1, size);
  const Eigen::Matrix3Xf vertices =
      project(face.pose, shape_face(face_model(), face.identity, face.expression, face.gaze));
  Raster raster;
  for (auto _ : state) {
    rasterize(vertices, face_model().triangles, size, false, raster);
    benchmark::DoNotOptimize(raster.triangle.data());
  }
}

void generator_initialize(benchmark::State& state, const char* bundle) {
  const GeneratedMotion motion(bundle);
  const std::vector<float> planes = motion.source_planes();
  for (auto _ : state) benchmark::DoNotOptimize(motion.generator().initialize(planes, motion.source_maps()));
}

void generator_forward(benchmark::State& state, const char* bundle) {
  const GeneratedMotion motion(bundle);
  int frame = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(motion.forward(frame));
    frame = next(frame);
  }
}

void compositor(benchmark::State& state) {
  const GeneratedMotion motion("geometry");
  std::vector<GeneratedFrame> frames;
  for (int i = 0; i < motion_length; ++i) frames.push_back(motion.forward(i));
  Compositor composing(picture_at(0), crop());
  int frame = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(composing.compose(frames[static_cast<std::size_t>(frame)]).data);
    frame = next(frame);
  }
}

/// Two eyes of a width of range(0) pixels that look about and blink once.
void draw_eyes(benchmark::State& state) {
  const test::PaintedEye painted = test::paint_eye(static_cast<int>(state.range(0)));
  const PhotoEye eye = prepare_eye(painted.canvas, painted.seen).eye.value();
  cv::Mat picture = painted.canvas.clone();
  EyeLayer layer;
  int frame = 0;
  for (auto _ : state) {
    EyePose pose = pose_in_photo(eye);
    const double yaw_rad = 0.3 * std::sin(2 * CV_PI * frame / motion_length);
    pose.photo_from_frame = gaze_rotation({yaw_rad, 0}).cast<float>().transpose();
    pose.gaze_change_rad = static_cast<float>(std::abs(yaw_rad));
    pose.opening = std::min(1.0F, 0.25F * static_cast<float>(std::abs(frame - motion_length / 2)));
    for (std::size_t i = 0; i < lid_samples; ++i) {
      pose.lids.upper[i] = pose.lids.lower[i] + pose.opening * (pose.lids.upper[i] - pose.lids.lower[i]);
    }
    for (int side = 0; side < 2; ++side) {
      draw_eye(eye, pose, painted.canvas, FlowField(), layer);
      paste_eye(layer, cv::Rect({}, picture.size()), picture);
    }
    frame = next(frame);
  }
}

/// Taking one eye of that width apart.
void prepare_one_eye(benchmark::State& state) {
  const test::PaintedEye painted = test::paint_eye(static_cast<int>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(prepare_eye(painted.canvas, painted.seen).eye.has_value());
}

/// What tracking sees of the face in frame `index`.
cv::Mat face_view_at(int index) {
  cv::Mat grey;
  cv::cvtColor(picture_at(index), grey, cv::COLOR_BGR2GRAY);
  cv::resize(grey, grey, {face_view_size, face_view_size}, 0, 0, cv::INTER_AREA);
  return grey;
}

void observe_shading(benchmark::State& state) {
  ShadingObserver observer(face_model());
  observer.set_keyframe(face_view_at(0), state_at(0, face_view_size));
  std::vector<cv::Mat> views;
  for (int i = 0; i < motion_length; ++i) views.push_back(face_view_at(i));
  int frame = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        observer.observe(views[static_cast<std::size_t>(frame)], state_at(frame, face_view_size)));
    frame = next(frame);
  }
}

void detail_light(benchmark::State& state) {
  const auto size = static_cast<int>(state.range(0));
  ShadingObserver observer(face_model());
  observer.set_keyframe(face_view_at(0), state_at(0, face_view_size));
  std::vector<MotionFrame> motion(motion_length);
  for (int i = 0; i < motion_length; ++i) {
    motion[static_cast<std::size_t>(i)].pose = state_at(i, picture_size).pose;
    motion[static_cast<std::size_t>(i)].shading =
        observer.observe(face_view_at(i), state_at(i, face_view_size));
  }
  ConditioningRenderer conditioning(face_model(), state_at(0, size), size);
  const ConditioningMaps& maps = conditioning.render(state_at(1, size));
  DetailRenderer renderer(face_model(), motion.front(), PoseShading(), 1);
  double time_s = 0;
  int frame = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(renderer.light(motion[static_cast<std::size_t>(frame)], time_s, maps).data());
    time_s += 0.04;
    frame = next(frame);
  }
}

void extract_source_crop(benchmark::State& state) {
  const cv::Mat picture = picture_at(0);
  for (auto _ : state) benchmark::DoNotOptimize(rgb_planes(extract_crop(picture, crop(), 256)));
}

/// The face of state_at() at the frame with the widest mouth.
FaceState talking_state(int frame) {
  return state_at((frame + motion_length / 4) % motion_length, picture_size);
}

void cut_mouth(benchmark::State& state) {
  const std::vector<cv::Mat> frames = pictures();
  std::vector<Landmarks> landmarks;
  for (int frame = 0; frame < motion_length; ++frame) landmarks.push_back(landmarks_of(talking_state(frame)));
  MouthObserver observer(MouthObserver::Inside::cut_out, 0);
  double time_s = 0;
  std::size_t frame = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(observer.observe(frames[frame], &landmarks[frame], time_s += 0.04));
    frame = (frame + 1) % motion_length;
  }
}

/// Following, placing and painting one mouth on a picture of 512 pixels.
void paint_driver_mouth(benchmark::State& state) {
  const FaceState open = talking_state(motion_length / 4);
  const Landmarks landmarks = landmarks_of(open);
  const cv::Mat frame = picture_at(0);
  MouthObserver observer;
  const MouthSight sight = observer.observe(frame, &landmarks, 0);
  std::optional<SeenMouth> seen = sight.inside;
  const std::optional<MouthColours>& colours = sight.colours;
  if (!seen || !colours) return state.SkipWithError("no mouth was seen");
  const MouthGeometry geometry(face_model());
  const MouthGeometry::Places places = geometry.project(open.identity, open.expression, open.pose);
  complete_patch(seen->patch, seen->patch_from_frame, places, places);
  seen->patch.confidence = 1;
  MotionFrame motion;
  motion.openings.mouth = 0.2;
  motion.mouth = seen->patch;
  DriverMouth mouth(face_model(), *colours,
                    {frame, {}, open.identity, state_at(0, picture_size).expression, open.pose});
  cv::Mat picture = frame.clone();
  double time_s = 0;
  for (auto _ : state) {
    MotionFrame followed = motion;
    const std::optional<PlacedMouth> placed =
        mouth.place(mouth.follow(followed, 0, 0, time_s += 0.04), open.expression, open.pose);
    const cv::Rect box = mouth.box(*placed);
    cv::Mat part = picture(box);
    mouth.paint(part, box, *placed);
    benchmark::DoNotOptimize(picture.data);
  }
}

/// A 512×512 clip of the motion's length, removed with its folder.
class Clip {
 public:
  Clip() {
    std::string folder = (fs::temp_directory_path() / "reenact-bench-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no temporary folder can be made");
    folder_ = folder;
    VideoWriter writer(path(), {picture_size, picture_size}, VideoWriterOptions());
    for (int frame = 0; frame < motion_length; ++frame) writer.write(picture_at(frame), 512 * frame);
    writer.finish();
    writer.commit();
  }
  ~Clip() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Clip(const Clip&) = delete;
  Clip& operator=(const Clip&) = delete;

  fs::path path() const { return folder_ / "clip.mp4"; }
  fs::path output() const { return folder_ / "out.mp4"; }

 private:
  fs::path folder_;
};

void register_benchmarks(const Clip& clip) {
  const auto add = [](const char* name, auto... arguments) {
    return benchmark::RegisterBenchmark(name, arguments...)->Unit(benchmark::kMillisecond);
  };
  add("decode", decode, clip.path());
  add("landmark_networks", landmark_networks);
  add("fit_frame", fit_frame);
  add("refine_landmarks", refine_landmarks);
  add("smooth", smooth);
  add("conditioning_maps", conditioning_maps)->Arg(224)->Arg(256);
  add("eye_windows", eye_windows);
  add("hidden_sides", hidden_sides)->Arg(224);
  add("prepare_hidden_sides", prepare_hidden_sides)->Arg(224);
  add("rasterizer", rasterizer)->Arg(224)->Arg(256);
  for (const char* bundle : {"geometry", "default"}) {
    if (!fs::exists(models() / bundle)) continue;
    add((std::string("initialize/") + bundle).c_str(), generator_initialize, bundle);
    add((std::string("forward/") + bundle).c_str(), generator_forward, bundle);
  }
  add("observe_shading", observe_shading);
  add("detail_light", detail_light)->Arg(224);
  add("compositor", compositor);
  add("draw_eyes", draw_eyes)->Arg(30)->Arg(77);
  add("prepare_eye", prepare_one_eye)->Arg(30)->Arg(77);
  add("cut_mouth", cut_mouth);
  add("paint_mouth", paint_driver_mouth);
  add("extract_crop", extract_source_crop);
  add("encode", encode, clip.output());
}

}  // namespace
}  // namespace reenact

int main(int argc, char** argv) {
  reenact::restart_with_passive_openmp(argv);
  cv::setNumThreads(1);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  const reenact::Clip clip;
  reenact::register_benchmarks(clip);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
