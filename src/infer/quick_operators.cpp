#include "infer/quick_operators.h"

#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/constant_propagation.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/library.h>

#include "infer/resampling.h"

TORCH_LIBRARY(reenact, library) {
  library.def("sample_texture", reenact::sample_texture);
  library.def("join_channels", reenact::join_channels);
  library.def("split_channels", reenact::split_channels);
  library.def("spread_pixels", reenact::spread_pixels);
  library.def("resize_planes", reenact::resize_planes);
  library.def("rectify", reenact::rectify);
  library.def("rectify_sum(Tensor(a!) values, Tensor? addend, Tensor slope) -> Tensor(a!)",
              reenact::rectify_sum);
}

namespace reenact {
namespace {

using torch::jit::Block;
using torch::jit::constant_as;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;

bool is_operator(const Node& node, const char* name, const char* overload = "") {
  return node.kind() == c10::Symbol::aten(name) && node.maybeSchema() != nullptr &&
         node.schema().overload_name() == overload;
}

template <typename T>
bool is_constant(const Value* value, T wanted) {
  const c10::optional<T> constant = constant_as<T>(value);
  return constant && *constant == wanted;
}

bool is_none(const Value* value) {
  const c10::optional<c10::IValue> constant = torch::jit::toIValue(value);
  return constant && constant->isNone();
}

bool writes_into_tensors(const Block& block) {
  for (const Node* node : block.nodes()) {
    const c10::FunctionSchema* const schema = node->maybeSchema();
    if (schema != nullptr && schema->is_mutable() &&
        schema->arguments()[0].type()->isSubtypeOf(*c10::TensorType::get())) {
      return true;
    }
    for (const Block* inner : node->blocks()) {
      if (writes_into_tensors(*inner)) return true;
    }
  }
  return false;
}

/// Replaces operators in one graph.
class Replacement {
 public:
  explicit Replacement(Graph& graph) : graph_(graph) {}

  void run() { visit(*graph_.block()); }

 private:
  void visit(Block& block) {
    for (Node* node : block.nodes()) {
      replace(*node);
      for (Block* inner : node->blocks()) visit(*inner);
    }
  }

  void replace(Node& node) {
    if (is_operator(node, "grid_sampler")) {
      replace_sampling(node);
    } else if (is_operator(node, "to", "dtype")) {
      replace_conversion(node);
    } else if (is_operator(node, "pixel_shuffle") && is_constant<std::int64_t>(node.input(1), 2)) {
      put("reenact::spread_pixels", {node.input(0)}, node);
    } else if (is_operator(node, "upsample_bilinear2d", "vec") && is_none(node.input(1)) &&
               is_constant(node.input(2), false) && !is_none(node.input(3))) {
      put("reenact::resize_planes", {node.input(0), node.input(3)}, node);
    } else if (is_operator(node, "relu")) {
      put("reenact::rectify", {node.input(0)}, node);
    } else if (is_operator(node, "prelu")) {
      replace_prelu(node);
    }
  }

  /// With the factor that alone uses what is sampled.
  void replace_sampling(Node& node) {
    constexpr std::int64_t bilinear = 0, border = 1;
    if (!is_constant(node.input(2), bilinear) || !is_constant(node.input(3), border) ||
        !is_constant(node.input(4), false)) {
      return;
    }
    Node* last = &node;
    Value* factor = nullptr;
    if (node.output()->uses().size() == 1) {
      const torch::jit::Use use = node.output()->uses()[0];
      if (is_operator(*use.user, "mul", "Tensor") && use.offset == 0) {
        last = use.user;
        factor = last->input(1);
      }
    }
    if (factor == nullptr) factor = none_before(*last);
    put("reenact::sample_texture", {node.input(0), node.input(1), factor}, *last);
  }

  /// contiguous() and to(), with the cat() before them.
  void replace_conversion(Node& node) {
    const bool is_plain =
        is_constant(node.input(2), false) && is_constant(node.input(3), false) && is_none(node.input(4));
    const Node* const layout = only_used_source(node.input(0), "contiguous");
    if (!is_plain || layout == nullptr) return;
    Value* const laid_out = layout->input(0);
    if (is_constant<std::int64_t>(layout->input(1),
                                  static_cast<std::int64_t>(at::MemoryFormat::Contiguous))) {
      put("reenact::split_channels", {laid_out, node.input(1)}, node);
      return;
    }
    const Node* const cat = only_used_source(laid_out, "cat");
    if (cat != nullptr && is_constant<std::int64_t>(cat->input(1), 1) &&
        is_constant<std::int64_t>(layout->input(1),
                                  static_cast<std::int64_t>(at::MemoryFormat::ChannelsLast))) {
      put("reenact::join_channels", {cat->input(0), node.input(1)}, node);
    }
  }

  /// With the addition before it, where XNNPACK's result is used for nothing else.
  void replace_prelu(Node& node) {
    const Node* const sum = only_used_source(node.input(0), "add", "Tensor");
    if (is_spare(node.input(0))) {
      put("reenact::rectify_sum", {node.input(0), none_before(node), node.input(1)}, node);
    } else if (sum != nullptr && is_spare(sum->input(1)) && is_constant<std::int64_t>(sum->input(2), 1)) {
      put("reenact::rectify_sum", {sum->input(1), sum->input(0), node.input(1)}, node);
    }
  }

  static bool is_spare(const Value* value) {
    return value->node()->kind() == c10::Symbol::fromQualString("prepacked::conv2d_clamp_run") &&
           value->uses().size() == 1;
  }

  Value* none_before(Node& node) {
    const torch::jit::WithInsertPoint before(&node);
    return graph_.insertConstant(c10::IValue());
  }

  /// The operator that makes a value, if it is of this kind and the value is used once.
  static const Node* only_used_source(const Value* value, const char* name, const char* overload = "") {
    return is_operator(*value->node(), name, overload) && value->uses().size() == 1 ? value->node() : nullptr;
  }

  /// Puts an operator before `replaced`, whose result is used no more.
  void put(const char* name, at::ArrayRef<Value*> inputs, Node& replaced) {
    Node* const node = graph_.create(c10::Symbol::fromQualString(name), inputs);
    node->insertBefore(&replaced);
    replaced.output()->replaceAllUsesWith(node->output());
  }

  Graph& graph_;
};

}  // namespace

void use_quick_operators(torch::jit::Module& module, const std::string& method) {
  std::shared_ptr<Graph> graph = torch::jit::toGraphFunction(module.get_method(method).function()).graph();
  torch::jit::Inline(*graph);
  torch::jit::ConstantPropagation(graph);
  if (writes_into_tensors(*graph->block())) return;
  Replacement(*graph).run();
  torch::jit::EliminateDeadCode(graph);
}

}  // namespace reenact
