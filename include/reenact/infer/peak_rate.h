#pragma once

#include "reenact/infer/device.h"

namespace reenact {

/// Billions of multiply-accumulates a second that a product of two 1024×1024 float matrices reaches on the
/// device and threads of `options`: the best of several.
double measured_peak_gmacs_per_s(const InferOptions& options);

}  // namespace reenact
