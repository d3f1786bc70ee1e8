#include "infer/window_painter.h"

#include "reenact/core/error.h"

namespace reenact {
namespace {

constexpr const char* initialize_signature = "(Tensor, Tensor) -> Tensor[]";
constexpr const char* paint_signature = "(Tensor[], Tensor, Tensor) -> (Tensor, Tensor)";

std::string initialize_method(const WindowKind& kind) { return std::string("initialize_") + kind.name; }
std::string float32_method(const WindowKind& kind) { return std::string("paint_") + kind.name; }
std::string bfloat16_method(const WindowKind& kind) { return float32_method(kind) + "_bfloat16"; }

}  // namespace

bool WindowPainter::is_in(const ScriptModule& module, const WindowKind& kind) {
  return module.has_method(initialize_method(kind)) || module.has_method(float32_method(kind)) ||
         module.has_method(bfloat16_method(kind));
}

WindowPainter::WindowPainter(ScriptModule& module, const WindowKind& kind, Precision precision)
    : module_(module),
      kind_(kind),
      initialize_method_(initialize_method(kind)),
      paint_method_(float32_method(kind)) {
  module.require_method(initialize_method_, initialize_signature);
  module.require_method(paint_method_, paint_signature);
  const std::string faster = bfloat16_method(kind);
  if (module.has_method(faster)) module.require_method(faster, paint_signature);
  if (module.choose_precision(precision, faster) == Precision::bfloat16) paint_method_ = faster;
  module.use_quick_operators(paint_method_);
  dry_run();
}

void WindowPainter::dry_run() const {
  const c10::IValue state = initialize(smooth_planes(3, kind_.side, kind_.side),
                                       smooth_planes(window_maps::channels, kind_.side, kind_.side));
  paint(state, smooth_planes(3, kind_.height, kind_.width),
        smooth_planes(window_maps::channels, kind_.height, kind_.width));
}

c10::IValue WindowPainter::initialize(const WindowPlanes& source, const WindowPlanes& source_maps) const {
  require_planes(source, 3, kind_.side, kind_.side, "picture");
  require_planes(source_maps, window_maps::channels, kind_.side, kind_.side, "maps");
  // Copies, because the state may be a view of them.
  c10::IValue state =
      module_.call(initialize_method_, {tensor_of(source).clone(), tensor_of(source_maps).clone()});
  module_.require_state(state);
  return state;
}

PaintedWindows WindowPainter::paint(const c10::IValue& state, const WindowPlanes& warped,
                                    const WindowPlanes& driver_maps) const {
  require_planes(warped, 3, kind_.height, kind_.width, "warped picture");
  require_planes(driver_maps, window_maps::channels, kind_.height, kind_.width, "maps");
  const c10::InferenceMode inference_mode;
  const c10::IValue result = module_.call(paint_method_, {state, tensor_of(warped), tensor_of(driver_maps)});
  const auto& elements = result.toTupleRef().elements();
  const at::Tensor colour = elements[0].toTensor();
  const at::Tensor alpha = elements[1].toTensor();
  const std::string whose = kind_.whose;
  module_.require_unit_tensor(colour, {kind_.count, 3, kind_.height, kind_.width}, whose + " colour");
  module_.require_unit_tensor(alpha, {kind_.count, 1, kind_.height, kind_.width}, whose + " alpha");
  return {planes_of(colour, 3), planes_of(alpha, 1)};
}

void WindowPainter::require_planes(const WindowPlanes& planes, int channels, int rows, int columns,
                                   const char* what) const {
  if (planes.channels == channels && planes.height == rows && planes.width == columns &&
      planes.values.size() == kind_.count * channels * planes.plane_size()) {
    return;
  }
  const auto size = [](int width, int height) {
    return std::to_string(width) + "x" + std::to_string(height);
  };
  throw Error(ExitCode::internal,
              std::string("Of ") + kind_.whose + ' ' + what + ' ' + std::to_string(planes.channels) +
                  " planes of " + size(planes.width, planes.height) + " pixels were given where " +
                  std::to_string(channels) + " of " + size(columns, rows) + " are needed");
}

at::Tensor WindowPainter::tensor_of(const WindowPlanes& planes) const {
  return module_.input(planes.values, {kind_.count, planes.channels, planes.height, planes.width});
}

WindowPlanes WindowPainter::planes_of(const at::Tensor& tensor, int channels) const {
  WindowPlanes planes(0, channels, kind_.height, kind_.width);
  planes.values = copy_to_vector(tensor.clamp(0, 1));
  return planes;
}

WindowPlanes WindowPainter::smooth_planes(int channels, int rows, int columns) const {
  WindowPlanes planes(0, channels, rows, columns);
  planes.values = ramp(kind_.count * channels * planes.plane_size());
  return planes;
}

}  // namespace reenact
