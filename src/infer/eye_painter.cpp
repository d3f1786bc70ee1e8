#include "infer/eye_painter.h"

#include <string>

#include "reenact/core/error.h"

namespace reenact {
namespace {

using namespace eye_window;

constexpr const char* initialize_method = "initialize_eyes";
constexpr const char* float32_method = "paint_eyes";
constexpr const char* bfloat16_method = "paint_eyes_bfloat16";
constexpr const char* paint_signature = "(Tensor[], Tensor, Tensor) -> (Tensor, Tensor)";

/// Throws Error unless the planes have this shape.
void require_planes(const WindowPlanes& planes, int channels, int rows, int columns, const char* what) {
  if (planes.channels == channels && planes.height == rows && planes.width == columns &&
      planes.values.size() == count * channels * planes.plane_size()) {
    return;
  }
  throw Error(ExitCode::internal, std::string("The eyes' ") + what + " have " +
                                      std::to_string(planes.channels) + " planes of " +
                                      std::to_string(planes.width) + "x" + std::to_string(planes.height) +
                                      " pixels where " + std::to_string(channels) + " of " +
                                      std::to_string(columns) + "x" + std::to_string(rows) + " are needed");
}

at::Tensor tensor_of(const ScriptModule& module, const WindowPlanes& planes) {
  return module.input(planes.values, {count, planes.channels, planes.height, planes.width});
}

WindowPlanes planes_of(const at::Tensor& tensor, int channels) {
  WindowPlanes planes(0, channels, height, width);
  planes.values = copy_to_vector(tensor.clamp(0, 1));
  return planes;
}

WindowPlanes smooth_planes(int channels, int rows, int columns) {
  WindowPlanes planes(0, channels, rows, columns);
  planes.values = ramp(count * channels * planes.plane_size());
  return planes;
}

}  // namespace

EyePainter::EyePainter(ScriptModule& module, Precision precision)
    : module_(module), paint_method_(float32_method) {
  module.require_method(initialize_method, "(Tensor, Tensor) -> Tensor[]");
  module.require_method(float32_method, paint_signature);
  if (module.has_method(bfloat16_method)) module.require_method(bfloat16_method, paint_signature);
  if (module.choose_precision(precision, bfloat16_method) == Precision::bfloat16) {
    paint_method_ = bfloat16_method;
  }
  module.use_quick_operators(paint_method_);
  dry_run();
}

void EyePainter::dry_run() const {
  const c10::IValue state =
      initialize(smooth_planes(3, side, side), smooth_planes(window_maps::channels, side, side));
  paint(state, smooth_planes(3, height, width), smooth_planes(window_maps::channels, height, width));
}

c10::IValue EyePainter::initialize(const WindowPlanes& source, const WindowPlanes& source_maps) const {
  require_planes(source, 3, side, side, "pictures");
  require_planes(source_maps, window_maps::channels, side, side, "maps");
  // Copies, because the state may be a view of them.
  c10::IValue state = module_.call(
      initialize_method, {tensor_of(module_, source).clone(), tensor_of(module_, source_maps).clone()});
  module_.require_state(state);
  return state;
}

PaintedWindows EyePainter::paint(const c10::IValue& state, const WindowPlanes& warped,
                                 const WindowPlanes& driver_maps) const {
  require_planes(warped, 3, height, width, "warped pictures");
  require_planes(driver_maps, window_maps::channels, height, width, "maps");
  const c10::InferenceMode inference_mode;
  const c10::IValue result =
      module_.call(paint_method_, {state, tensor_of(module_, warped), tensor_of(module_, driver_maps)});
  const auto& elements = result.toTupleRef().elements();
  const at::Tensor colour = elements[0].toTensor();
  const at::Tensor alpha = elements[1].toTensor();
  module_.require_unit_tensor(colour, {count, 3, height, width}, "the eyes' colour");
  module_.require_unit_tensor(alpha, {count, 1, height, width}, "the eyes' alpha");
  return {planes_of(colour, 3), planes_of(alpha, 1)};
}

}  // namespace reenact
