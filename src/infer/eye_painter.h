#pragma once

#include "infer/script_module.h"
#include "reenact/infer/device.h"
#include "reenact/render/window_planes.h"

namespace reenact {

/// The methods of a generator by which it paints windows at the eyes (docs/model_format.md, format version
/// 2).
class EyePainter {
 public:
  /// `module` must outlive the painter. `precision` is the one asked for. Throws ModelError when a method is
  /// missing, has other types, or gives in a dry run what the contract does not allow.
  EyePainter(ScriptModule& module, Precision precision);

  /// The state of a source, given as in Generator. Throws Error for planes of another shape, else ModelError.
  c10::IValue initialize(const WindowPlanes& source, const WindowPlanes& source_maps) const;
  PaintedWindows paint(const c10::IValue& state, const WindowPlanes& warped,
                       const WindowPlanes& driver_maps) const;

 private:
  void dry_run() const;

  const ScriptModule& module_;
  const char* paint_method_;
};

}  // namespace reenact
