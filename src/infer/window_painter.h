#pragma once

#include <string>

#include "infer/script_module.h"
#include "reenact/infer/device.h"
#include "reenact/render/window_planes.h"

namespace reenact {

/// The methods of a generator by which it paints windows of one kind (docs/model_format.md, format version
/// 2).
class WindowPainter {
 public:
  /// Whether the module has any of these methods.
  static bool is_in(const ScriptModule& module, const WindowKind& kind);

  /// `module` and `kind` must outlive the painter. `precision` is the one asked for. Throws ModelError when a
  /// method is missing, has other types, or gives in a dry run what the contract does not allow.
  WindowPainter(ScriptModule& module, const WindowKind& kind, Precision precision);

  const WindowKind& kind() const { return kind_; }

  /// The state of a source, given as in Generator. Throws Error for planes of another shape, else ModelError.
  c10::IValue initialize(const WindowPlanes& source, const WindowPlanes& source_maps) const;
  PaintedWindows paint(const c10::IValue& state, const WindowPlanes& warped,
                       const WindowPlanes& driver_maps) const;

 private:
  void dry_run() const;
  /// Throws Error unless the planes have this shape.
  void require_planes(const WindowPlanes& planes, int channels, int rows, int columns,
                      const char* what) const;
  at::Tensor tensor_of(const WindowPlanes& planes) const;
  WindowPlanes planes_of(const at::Tensor& tensor, int channels) const;
  WindowPlanes smooth_planes(int channels, int rows, int columns) const;

  const ScriptModule& module_;
  const WindowKind& kind_;
  std::string initialize_method_;
  std::string paint_method_;
};

}  // namespace reenact
