#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace reenact {

/// What one call of a TorchScript method costs.
struct MethodCost {
  /// Multiply-accumulate operations of convolutions, transposed convolutions and matrix products.
  /// Element-wise operations, normalisation, pooling and resampling are not counted, as is usual.
  std::int64_t macs = 0;
  /// Elements of the parameters the method's graph reads, each tensor once. In a frozen module parameters are
  /// constants of the graph and cannot be told from other floating-point constants, which are counted with
  /// them.
  std::int64_t parameters = 0;

  MethodCost operator+(const MethodCost& other) const {
    return {macs + other.macs, parameters + other.parameters};
  }
};

/// Cost of a method that takes tensors only, called with float tensors of these shapes. Multiply-accumulates
/// are counted while the method runs on the CPU, from the operators it calls and the shapes they see; the
/// file's manifest is not asked. Throws ModelError when the file is not usable, or when it calls an operator
/// whose operations cannot be counted (recurrent and fused attention layers, parallel branches).
MethodCost network_cost(const std::filesystem::path& file, const std::string& method,
                        const std::vector<std::vector<std::int64_t>>& input_shapes);

/// Costs of a generator bundle's methods.
struct GeneratorMethodCosts {
  /// Of all windows of one kind together.
  struct Windows {
    MethodCost initialize;
    MethodCost paint;
  };
  MethodCost initialize;
  MethodCost forward;
  std::map<std::string, Windows> windows;  ///< by WindowKind::name, of those that the bundle paints

  /// Of a source.
  MethodCost once() const;
  /// Of a frame in which all windows are painted.
  MethodCost a_frame() const;
};

/// The same for the methods of a bundle that fulfils the contract. `trust_model` is InferOptions'. Throws
/// ModelError.
GeneratorMethodCosts generator_cost(const std::filesystem::path& bundle_directory, bool trust_model);

}  // namespace reenact
