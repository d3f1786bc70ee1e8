#include "reenact/infer/generator.h"

#include <algorithm>
#include <functional>
#include <list>

#include "infer/bundle_manifest.h"
#include "infer/script_module.h"
#include "infer/window_painter.h"
#include "reenact/core/error.h"
#include "reenact/infer/generator_bundle.h"

namespace reenact {

namespace fs = std::filesystem;

namespace {

constexpr int first_format_version = 1;
constexpr int last_format_version = 2;
constexpr int min_image_size = 32;
constexpr int max_image_size = 1024;

constexpr const char* bfloat16_method = "forward_bfloat16";

/// Of N frames by the conditioning mesh-v1: residual flow [N,2,S,S], weight [N,1,S,S] and colour [N,3,S,S].
struct Outputs {
  at::Tensor residual;
  at::Tensor weight;
  at::Tensor colour;
};

/// Of N frames by landmarks-v1: colour [N,3,S,S] and alpha [N,1,S,S].
struct PortraitOutputs {
  at::Tensor colour;
  at::Tensor alpha;
};

/// Puts the channels of each texture side by side, as sampling reads them in each frame.
void lay_out_textures(c10::IValue& state) {
  const c10::InferenceMode inference_mode;
  c10::List<at::Tensor> tensors = state.toTensorList();
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const at::Tensor tensor = tensors[i];
    if (tensor.dim() == 4) tensors.set(i, tensor.contiguous(at::MemoryFormat::ChannelsLast));
  }
}

}  // namespace

bool GeneratorInfo::paints(const WindowKind& kind) const {
  return std::find(windows.begin(), windows.end(), kind.name) != windows.end();
}

struct SourceState::Impl {
  c10::IValue tensors;
};

struct WindowsState::Impl {
  c10::IValue tensors;
  const WindowPainter& painter;
};

struct Generator::Impl {
  Impl(const fs::path& directory, const InferOptions& options)
      : path(directory / generator_file),
        manifest(directory),
        sha256(trusted_sha256(options)),
        module(path, sha256, options),
        info(check_description()) {
    module.require_method("initialize", "(Tensor, Tensor) -> Tensor[]");
    const char* const forward_signature = info.draws_portraits()
                                              ? "(Tensor[], Tensor) -> (Tensor, Tensor)"
                                              : "(Tensor[], Tensor) -> (Tensor, Tensor, Tensor)";
    module.require_method("forward", forward_signature);
    if (module.has_method(bfloat16_method)) module.require_method(bfloat16_method, forward_signature);
    info.precision = module.choose_precision(options.precision, bfloat16_method);
    module.use_quick_operators(forward_method());
    dry_run();
    for (const WindowKind* kind : window_kinds) {
      if (info.paints(*kind)) painters.emplace_back(module, *kind, options.precision);
    }
  }

  [[noreturn]] void fail(const std::string& problem) const {
    throw ModelError(path.string() + " " + problem);
  }

  /// The hash that the file must have. Throws ModelError when the program does not ship such a file and the
  /// options do not trust it.
  std::string trusted_sha256(const InferOptions& options) const {
    std::string expected = manifest.sha256("/sha256");
    if (!options.trust_model && !is_shipped_bundle(expected)) {
      fail("is not a bundle that this program ships (SHA-256 " + expected +
           "); it is a program itself, so give --trust-model only if you trust who made it");
    }
    return expected;
  }

  /// What the module and its manifest say about themselves, which must agree and be supported.
  GeneratorInfo check_description() const {
    const auto format_version = module.integer_attribute("format_version");
    const auto size = module.integer_attribute("image_size");
    const std::string conditioning = module.text_attribute("conditioning");
    const std::string name = module.text_attribute("name");
    if (format_version < first_format_version || format_version > last_format_version) {
      fail("has the format_version " + std::to_string(format_version) + "; this program reads " +
           std::to_string(first_format_version) + " to " + std::to_string(last_format_version));
    }
    if (conditioning != conditioning::name && conditioning != landmark_conditioning::name) {
      fail("has the conditioning '" + conditioning + "'; this program renders '" + conditioning::name +
           "' and '" + landmark_conditioning::name + "'");
    }
    const bool has_windows = format_version >= format_version_with_windows;
    if (has_windows && conditioning != conditioning::name) {
      fail("has the format_version " + std::to_string(format_version) + " and the conditioning '" +
           conditioning + "'; that version is for '" + conditioning::name + "' alone");
    }
    if (size < min_image_size || size > max_image_size) {
      fail("has the image_size " + std::to_string(size) + ", which is not between " +
           std::to_string(min_image_size) + " and " + std::to_string(max_image_size));
    }
    const auto require_agreement = [&](const char* field, bool agrees) {
      if (!agrees) fail("and its manifest.json disagree about the field " + std::string(field));
    };
    require_agreement("format_version", manifest.integer("/format_version") == format_version);
    require_agreement("image_size", manifest.integer("/image_size") == size);
    require_agreement("conditioning", manifest.text("/conditioning") == conditioning);
    require_agreement("name", manifest.text("/name") == name);
    manifest.text("/licence");

    GeneratorInfo described;
    described.name = name;
    described.conditioning = conditioning;
    described.format_version = static_cast<int>(format_version);
    described.image_size = static_cast<int>(size);
    if (has_windows) described.windows = painted_windows();
    require_agreement("windows", manifest.windows() == described.windows);
    described.learned = manifest.flag("/learned");
    described.sha256 = sha256;
    described.device = module.device_name();
    return described;
  }

  /// WindowKind::name of those for which the module has methods.
  std::vector<std::string> painted_windows() const {
    std::vector<std::string> names;
    for (const WindowKind* kind : window_kinds) {
      if (WindowPainter::is_in(module, *kind)) names.emplace_back(kind->name);
    }
    if (names.empty()) {
      fail("has the format_version " + std::to_string(format_version_with_windows) +
           " and paints no windows: it has neither a method 'initialize_eyes' nor 'initialize_mouth'");
    }
    return names;
  }

  /// Runs both methods, with one frame and, unless the program ships the bundle, with two, on smooth inputs
  /// within the ranges of the contract.
  void dry_run() const {
    const c10::InferenceMode inference_mode;
    const std::size_t pixels = static_cast<std::size_t>(info.image_size) * info.image_size;
    const c10::IValue state = run_initialize(ramp(3 * pixels), ramp(source_channels() * pixels));
    const std::int64_t most_frames = is_shipped_bundle(sha256) ? 1 : 2;
    for (std::int64_t frames = most_frames; frames > 0; --frames) {
      if (info.draws_portraits()) {
        run_portrait(state, ramp(frames * landmark_conditioning::points * 2), frames);
      } else {
        run_forward(state, ramp(frames * conditioning::channels * pixels), frames);
      }
    }
  }

  std::int64_t source_channels() const {
    return info.draws_portraits() ? landmark_conditioning::channels : conditioning::channels;
  }

  c10::IValue run_initialize(const std::vector<float>& source_rgb,
                             const std::vector<float>& source_maps) const {
    const std::int64_t size = info.image_size;
    // Copies, because the state may be a view of them.
    c10::IValue result =
        module.call("initialize", {module.input(source_rgb, {1, 3, size, size}).clone(),
                                   module.input(source_maps, {1, source_channels(), size, size}).clone()});
    module.require_state(result);
    if (!info.draws_portraits()) lay_out_textures(result);
    return result;
  }

  /// The forward method in use, for an input of this shape.
  c10::IValue call_forward(const c10::IValue& state, const std::vector<float>& input,
                           at::IntArrayRef shape) const {
    return module.call(forward_method(), {state, module.input(input, shape)});
  }

  const char* forward_method() const {
    return info.precision == Precision::bfloat16 ? bfloat16_method : "forward";
  }

  PortraitOutputs run_portrait(const c10::IValue& state, const std::vector<float>& points,
                               std::int64_t frames) const {
    const std::int64_t size = info.image_size;
    const c10::IValue result = call_forward(state, points, {frames, landmark_conditioning::points, 2});
    const auto& elements = result.toTupleRef().elements();
    PortraitOutputs outputs{elements[0].toTensor(), elements[1].toTensor()};
    module.require_unit_tensor(outputs.colour, {frames, 3, size, size}, "the colour");
    module.require_unit_tensor(outputs.alpha, {frames, 1, size, size}, "the alpha");
    return outputs;
  }

  Outputs run_forward(const c10::IValue& state, const std::vector<float>& maps, std::int64_t frames) const {
    const std::int64_t size = info.image_size;
    const c10::IValue result = call_forward(state, maps, {frames, conditioning::channels, size, size});
    const auto& elements = result.toTupleRef().elements();
    Outputs outputs{elements[0].toTensor(), elements[1].toTensor(), elements[2].toTensor()};
    module.require_tensor(outputs.residual, {frames, 2, size, size}, "the residual flow");
    module.require_unit_tensor(outputs.weight, {frames, 1, size, size}, "the texture weight");
    module.require_unit_tensor(outputs.colour, {frames, 3, size, size}, "the colour");
    return outputs;
  }

  /// Throws Error for inputs that are not this bundle's.
  void require_inputs(const char* conditioning, int size) const {
    if (info.conditioning != conditioning) {
      throw Error(ExitCode::internal, std::string("Inputs of the conditioning ") + conditioning +
                                          " were given to " + path.string() + ", which needs " +
                                          info.conditioning);
    }
    if (size != info.image_size) {
      throw Error(ExitCode::internal, "Conditioning maps of size " + std::to_string(size) +
                                          " were given to " + path.string() + ", which needs " +
                                          std::to_string(info.image_size));
    }
  }

  SourceState initialize(const char* conditioning, const std::vector<float>& source_rgb, int size,
                         const std::vector<float>& planes) const {
    require_inputs(conditioning, size);
    SourceState source;
    source.impl_ = guarded(path, "fails for a source", [&] {
      return std::make_shared<SourceState::Impl>(SourceState::Impl{run_initialize(source_rgb, planes)});
    });
    return source;
  }

  static void require_source(const SourceState::Impl* source) {
    if (source == nullptr)
      throw Error(ExitCode::internal, "Generator::forward() was given a source without initialize()");
  }

  /// Throws Error when the bundle paints none of this kind.
  const WindowPainter& painter_of(const WindowKind& kind) const {
    for (const WindowPainter& painter : painters) {
      if (&painter.kind() == &kind) return painter;
    }
    throw Error(ExitCode::internal, std::string("Windows of the ") + kind.name + " were given to " +
                                        path.string() + ", which paints none");
  }

  fs::path path;
  BundleManifest manifest;
  std::string sha256;
  ScriptModule module;
  GeneratorInfo info;
  std::list<WindowPainter> painters;  ///< which keep their places
};

Generator::Generator(const fs::path& bundle_directory, const InferOptions& options)
    : impl_(guarded(bundle_directory / generator_file, "cannot be used",
                    [&] { return std::make_unique<Impl>(bundle_directory, options); })) {}
Generator::~Generator() = default;
Generator::Generator(Generator&&) noexcept = default;
Generator& Generator::operator=(Generator&&) noexcept = default;

const GeneratorInfo& Generator::info() const { return impl_->info; }

SourceState Generator::initialize(const std::vector<float>& source_rgb,
                                  const ConditioningMaps& source_maps) const {
  return impl_->initialize(conditioning::name, source_rgb, source_maps.size, source_maps.planes);
}

SourceState Generator::initialize(const std::vector<float>& source_rgb,
                                  const LandmarkMaps& source_maps) const {
  return impl_->initialize(landmark_conditioning::name, source_rgb, source_maps.size, source_maps.planes);
}

WindowsState Generator::initialize_windows(const WindowKind& kind, const WindowPlanes& source,
                                           const WindowPlanes& source_maps) const {
  const WindowPainter& painter = impl_->painter_of(kind);
  WindowsState windows;
  windows.impl_ = guarded(impl_->path, "fails for a source's windows", [&] {
    return std::make_shared<WindowsState::Impl>(
        WindowsState::Impl{painter.initialize(source, source_maps), painter});
  });
  return windows;
}

PaintedWindows Generator::paint_windows(const WindowsState& source, const WindowPlanes& warped,
                                        const WindowPlanes& driver_maps) const {
  if (source.impl_ == nullptr) {
    throw Error(ExitCode::internal,
                "Generator::paint_windows() was given a source without initialize_windows()");
  }
  return guarded(impl_->path, "fails for a frame's windows",
                 [&] { return source.impl_->painter.paint(source.impl_->tensors, warped, driver_maps); });
}

GeneratedFrame Generator::forward(const SourceState& source, const LandmarkPoints& driver) const {
  impl_->require_inputs(landmark_conditioning::name, impl_->info.image_size);
  Impl::require_source(source.impl_.get());
  return guarded(impl_->path, "fails for a frame", [&] {
    const std::vector<float> points(driver.data(), driver.data() + driver.size());  // x before y, as stored
    const PortraitOutputs outputs = impl_->run_portrait(source.impl_->tensors, points, 1);
    GeneratedFrame frame;
    frame.size = impl_->info.image_size;
    frame.colour = copy_to_vector(outputs.colour.clamp(0, 1));
    frame.alpha = copy_to_vector(outputs.alpha.clamp(0, 1));
    return frame;
  });
}

GeneratedFrame Generator::forward(const SourceState& source, const ConditioningMaps& driver_maps) const {
  impl_->require_inputs(conditioning::name, driver_maps.size);
  Impl::require_source(source.impl_.get());
  return guarded(impl_->path, "fails for a frame", [&] {
    const Outputs outputs = impl_->run_forward(source.impl_->tensors, driver_maps.planes, 1);
    GeneratedFrame frame;
    frame.size = driver_maps.size;
    frame.flow = copy_to_vector(outputs.residual);
    static_assert(conditioning::flow_x == 0 && conditioning::flow_y == 1);
    std::transform(frame.flow.begin(), frame.flow.end(), driver_maps.plane(conditioning::flow_x),
                   frame.flow.begin(), std::plus<>());
    frame.weight = copy_to_vector(outputs.weight.clamp(0, 1));
    frame.colour = copy_to_vector(outputs.colour.clamp(0, 1));
    return frame;
  });
}

}  // namespace reenact
