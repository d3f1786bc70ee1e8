#include "reenact/infer/graph_cost.h"

#include <ATen/record_function.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>
#include <unordered_map>

#include "infer/bundle_manifest.h"
#include "infer/script_module.h"
#include "reenact/core/error.h"
#include "reenact/infer/generator.h"
#include "reenact/infer/generator_bundle.h"
#include "reenact/render/conditioning.h"
#include "reenact/render/window_planes.h"

namespace reenact {

namespace fs = std::filesystem;

namespace {

using Arguments = c10::ArrayRef<const c10::IValue>;
using MacRule = std::function<std::int64_t(const Arguments&)>;

constexpr const char* cannot_be_counted = "cannot be counted";

const InferOptions on_cpu{"cpu", 0, Precision::float32};

/// Element `axis` of a list of one value per axis, which may be given as one value for all.
std::int64_t per_axis(const c10::IValue& list, std::int64_t axis) {
  const std::vector<std::int64_t> values = list.toIntVector();
  return values.at(std::min(static_cast<std::size_t>(axis), values.size() - 1));
}

/// aten::convolution(input, weight, bias, stride, padding, dilation, transposed, output_padding, groups).
/// A position of the output (of the input, when transposed) uses each element of the kernel once.
std::int64_t convolution_macs(const Arguments& arguments) {
  const at::Tensor& input = arguments.at(0).toTensor();
  const at::Tensor& weight = arguments.at(1).toTensor();
  std::int64_t positions = input.size(0);
  const bool transposed = arguments.at(6).toBool();
  for (std::int64_t axis = 0; axis < input.dim() - 2; ++axis) {
    const std::int64_t size = input.size(axis + 2);
    const std::int64_t reach = per_axis(arguments.at(5), axis) * (weight.size(axis + 2) - 1) + 1;
    const std::int64_t padded = size + 2 * per_axis(arguments.at(4), axis);
    positions *= transposed ? size : (padded - reach) / per_axis(arguments.at(3), axis) + 1;
  }
  return positions * weight.numel();
}

/// Product of arguments `left` [..., N, K] and `left` + 1 [..., K, M].
MacRule matrix_product(std::size_t left) {
  return [left](const Arguments& arguments) {
    return arguments.at(left).toTensor().numel() * arguments.at(left + 1).toTensor().size(-1);
  };
}

/// Product of the matrix or vector `left` with the vector behind it.
MacRule vector_product(std::size_t left) {
  return [left](const Arguments& arguments) { return arguments.at(left).toTensor().numel(); };
}

/// aten::linear(input [..., K], weight [M, K] or [K], bias).
std::int64_t linear_macs(const Arguments& arguments) {
  const at::Tensor& weight = arguments.at(1).toTensor();
  return arguments.at(0).toTensor().numel() * (weight.dim() == 2 ? weight.size(0) : 1);
}

const std::map<std::string, MacRule>& mac_rules() {
  static const std::map<std::string, MacRule> rules = {
      {"aten::convolution", convolution_macs}, {"aten::_convolution", convolution_macs},
      {"aten::linear", linear_macs},           {"aten::mm", matrix_product(0)},
      {"aten::addmm", matrix_product(1)},      {"aten::bmm", matrix_product(0)},
      {"aten::baddbmm", matrix_product(1)},    {"aten::addbmm", matrix_product(1)},
      {"aten::mv", vector_product(0)},         {"aten::addmv", vector_product(1)},
      {"aten::dot", vector_product(0)},        {"aten::vdot", vector_product(0)},
  };
  return rules;
}

/// Operators that multiply inside one kernel, so that the rules above do not see it.
const std::set<std::string>& uncountable_operators() {
  static const std::set<std::string> operators = {
      "aten::lstm",
      "aten::gru",
      "aten::rnn_tanh",
      "aten::rnn_relu",
      "aten::bilinear",
      "aten::_trilinear",
      "aten::conv_tbc",
      "aten::mkldnn_convolution",
      "aten::_native_multi_head_attention",
      "aten::_transformer_encoder_layer_fwd",
      "aten::_scaled_dot_product_attention",
      "aten::scaled_dot_product_attention",
  };
  return operators;
}

/// Counts the multiply-accumulates of the operators this thread calls while the object lives. An operator
/// that a counted one calls for its own work is not counted again.
class MacCounter {
 public:
  MacCounter() {
    current_ = this;
    callback_ = at::addThreadLocalCallback(
        at::RecordFunctionCallback(on_start, on_end).needsInputs(true).scopes({at::RecordScope::FUNCTION}));
  }
  ~MacCounter() {
    at::removeCallback(callback_);
    current_ = nullptr;
  }
  MacCounter(const MacCounter&) = delete;
  MacCounter& operator=(const MacCounter&) = delete;

  std::int64_t macs() const { return macs_; }
  /// The first operator that could not be counted, or nothing.
  const std::string& uncountable() const { return uncountable_; }

 private:
  struct CountedOperator : at::ObserverContext {};

  static std::unique_ptr<at::ObserverContext> on_start(const at::RecordFunction& function) {
    return current_->count(function) ? std::make_unique<CountedOperator>() : nullptr;
  }
  static void on_end(const at::RecordFunction& /*function*/, at::ObserverContext* context) {
    if (context != nullptr) current_->inside_counted_ = false;
  }

  /// Called from TorchScript, an operator finds its arguments on top of others on the interpreter's stack.
  static Arguments arguments_of(const at::RecordFunction& function) {
    const Arguments stack = function.inputs();
    return stack.slice(stack.size() - function.operator_schema().value().arguments().size());
  }

  bool count(const at::RecordFunction& function) {
    if (inside_counted_) return false;
    std::string name = function.name();
    if (!name.empty() && name.back() == '_') name.pop_back();  // the in-place form
    if (uncountable_operators().count(name) > 0) uncountable_ = name;
    const auto rule = mac_rules().find(name);
    if (rule == mac_rules().end()) return false;
    try {
      macs_ += rule->second(arguments_of(function));
    } catch (const std::exception&) {  // LibTorch would only log it
      uncountable_ = name;
    }
    inside_counted_ = true;
    return true;
  }

  static thread_local MacCounter* current_;
  at::CallbackHandle callback_ = 0;
  std::int64_t macs_ = 0;
  bool inside_counted_ = false;
  std::string uncountable_;
};

thread_local MacCounter* MacCounter::current_ = nullptr;

/// The parameters that the graph of one method reads.
class ParameterCounter {
 public:
  ParameterCounter(fs::path file, const torch::jit::Module& module, const std::string& method)
      : file_(std::move(file)) {
    const auto found = module.find_method(method);
    if (!found) throw ModelError(file_.string() + " has no method '" + method + "'");
    graph_ = found->graph()->copy();
    torch::jit::Inline(*graph_);
    values_[graph_->inputs().at(0)] = module._ivalue();
    visit(graph_->block());
  }

  std::int64_t parameters() const { return parameters_; }

 private:
  void visit(const torch::jit::Block* block) {
    for (const torch::jit::Node* node : block->nodes()) {
      if (node->kind() == c10::prim::fork || node->kind() == c10::prim::CallMethod) {
        throw ModelError(file_.string() + " uses " + node->kind().toQualString() +
                         ", so that its cost cannot be counted");
      }
      if (node->kind() == c10::prim::GetAttr) visit_attribute(node);
      if (node->kind() == c10::prim::Constant) visit_constant(node);
      for (const torch::jit::Block* inner : node->blocks()) visit(inner);
    }
  }

  void visit_attribute(const torch::jit::Node* node) {
    const auto owner = values_.find(node->input(0));
    if (owner == values_.end() || !owner->second.isObject()) return;
    const auto object = owner->second.toObject();
    const std::size_t slot = object->type()->getAttributeSlot(node->s(c10::attr::name));
    const c10::IValue value = object->getSlot(slot);
    values_[node->output()] = value;
    if (object->type()->is_parameter(slot) && value.isTensor()) add(value.toTensor());
  }

  void visit_constant(const torch::jit::Node* node) {
    const auto value = torch::jit::toIValue(node->output());
    if (!value || !value->isTensor()) return;
    const at::Tensor& tensor = value->toTensor();
    if (tensor.defined() && tensor.is_floating_point() && tensor.dim() > 0) add(tensor);
  }

  void add(const at::Tensor& tensor) {
    if (seen_.insert(tensor.data_ptr()).second) parameters_ += tensor.numel();
  }

  fs::path file_;
  std::shared_ptr<torch::jit::Graph> graph_;
  std::unordered_map<const torch::jit::Value*, c10::IValue> values_;
  std::set<const void*> seen_;
  std::int64_t parameters_ = 0;
};

/// A verified network whose methods are called and counted.
class CountedNetwork {
 public:
  CountedNetwork(const fs::path& file, const std::string& sha256)
      : file_(file), network_(file, sha256, on_cpu) {}

  /// The cost of one call, and what the call returned.
  std::pair<MethodCost, c10::IValue> call(const std::string& method, std::vector<c10::IValue> inputs) const {
    // Before the run, because it refuses what the run could not count.
    const std::int64_t parameters = ParameterCounter(file_, network_.module(), method).parameters();
    const torch::jit::GraphOptimizerEnabledGuard no_fusion(false);
    const MacCounter counter;
    c10::IValue result = network_.call(method, std::move(inputs));
    if (!counter.uncountable().empty()) {
      throw ModelError(file_.string() + " calls " + counter.uncountable() +
                       ", whose multiply-accumulates cannot be counted");
    }
    return {MethodCost{counter.macs(), parameters}, std::move(result)};
  }

 private:
  fs::path file_;
  ScriptModule network_;
};

GeneratorMethodCosts::Windows windows_cost(const CountedNetwork& network, const WindowKind& kind) {
  const at::Tensor source = at::zeros({kind.count, 3, kind.side, kind.side});
  const at::Tensor source_maps = at::zeros({kind.count, window_maps::channels, kind.side, kind.side});
  const std::string name = kind.name;
  const auto [initialize, state] = network.call("initialize_" + name, {source, source_maps});
  const at::Tensor warped = at::zeros({kind.count, 3, kind.height, kind.width});
  const at::Tensor maps = at::zeros({kind.count, window_maps::channels, kind.height, kind.width});
  return {initialize, network.call("paint_" + name, {state, warped, maps}).first};
}

}  // namespace

MethodCost GeneratorMethodCosts::once() const {
  MethodCost sum = initialize;
  for (const auto& [name, of] : windows) sum = sum + of.initialize;
  return sum;
}

MethodCost GeneratorMethodCosts::a_frame() const {
  MethodCost sum = forward;
  for (const auto& [name, of] : windows) sum = sum + of.paint;
  return sum;
}

MethodCost network_cost(const fs::path& file, const std::string& method,
                        const std::vector<std::vector<std::int64_t>>& input_shapes) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) throw ModelError(file.string() + " is missing");
  return guarded(file, cannot_be_counted, [&] {
    const CountedNetwork network(file, sha256_of_network(file));
    const c10::InferenceMode inference_mode;
    std::vector<c10::IValue> inputs;
    inputs.reserve(input_shapes.size());
    for (const std::vector<std::int64_t>& shape : input_shapes) inputs.emplace_back(at::zeros(shape));
    return network.call(method, std::move(inputs)).first;
  });
}

GeneratorMethodCosts generator_cost(const fs::path& bundle_directory, bool trust_model) {
  InferOptions options = on_cpu;
  options.trust_model = trust_model;
  const GeneratorInfo info = Generator(bundle_directory, options).info();
  const fs::path file = bundle_directory / generator_file;
  return guarded(file, cannot_be_counted, [&]() -> GeneratorMethodCosts {
    const CountedNetwork network(file, info.sha256);
    const c10::InferenceMode inference_mode;
    const std::int64_t size = info.image_size;
    const at::Tensor source = at::zeros({1, 3, size, size});
    if (info.draws_portraits()) {
      const at::Tensor maps = at::zeros({1, landmark_conditioning::channels, size, size});
      const auto [initialize, state] = network.call("initialize", {source, maps});
      const at::Tensor points = at::zeros({1, landmark_conditioning::points, 2});
      return {initialize, network.call("forward", {state, points}).first, {}};
    }
    const at::Tensor maps = at::zeros({1, conditioning::channels, size, size});
    const auto [initialize, state] = network.call("initialize", {source, maps});
    GeneratorMethodCosts costs{initialize, network.call("forward", {state, maps}).first, {}};
    for (const WindowKind* kind : window_kinds) {
      if (info.paints(*kind)) costs.windows[kind->name] = windows_cost(network, *kind);
    }
    return costs;
  });
}

}  // namespace reenact
