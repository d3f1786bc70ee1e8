#include "infer/operator_search.h"

#include <torch/csrc/jit/api/function_impl.h>

#include <algorithm>
#include <set>

namespace reenact {
namespace {

using torch::jit::Block;
using torch::jit::Function;
using torch::jit::Graph;
using torch::jit::Node;

bool is_pure(c10::Symbol kind) {
  static const std::set<std::string> reaching_out = {
      "aten::save",      "aten::from_file", "prim::Print",      "prim::PythonOp",
      "prim::rpc_async", "prim::rpc_sync",  "prim::rpc_remote", "prim::IgnoredPythonOp"};
  return (kind.is_aten() || kind.is_prim()) && reaching_out.count(kind.toQualString()) == 0;
}

/// Searches the functions of one module.
class OperatorSearch {
 public:
  explicit OperatorSearch(const torch::jit::Module& module)
      : functions_(module._ivalue()->compilation_unit()->get_functions()) {}

  std::string run() {
    for (Function* function : functions_) {
      auto* const with_graph = torch::jit::tryToGraphFunction(*function);
      if (with_graph == nullptr) return function->qualname().qualifiedName();
      search(*with_graph->graph()->block());
    }
    return impure_;
  }

 private:
  void search(const Block& block) {
    for (const Node* node : block.nodes()) {
      if (!is_pure(node->kind()) || reaches_native_code(*node)) impure_ = node->kind().toQualString();
      for (const Block* inner : node->blocks()) search(*inner);
      for (const c10::Symbol name : node->attributeNames()) search_graphs(*node, name);
    }
  }

  /// What a fork or a closure runs is an attribute of its node.
  void search_graphs(const Node& node, c10::Symbol name) {
    if (node.kindOf(name) == torch::jit::AttributeKind::g) search(*node.g(name)->block());
    if (node.kindOf(name) == torch::jit::AttributeKind::gs) {
      for (const std::shared_ptr<Graph>& graph : node.gs(name)) search(*graph->block());
    }
  }

  /// True for a call of a function that is not among those searched, and for a new object that has such
  /// methods. An interface therefore leads to no others.
  bool reaches_native_code(const Node& node) const {
    if (node.kind() == c10::prim::CallFunction) {
      return !is_searched(node.input(0)->type()->expect<c10::FunctionType>()->function());
    }
    if (node.kind() == c10::prim::CallMethod) {
      const auto owner = node.input(0)->type()->cast<c10::ClassType>();
      return owner && !is_searched(owner->findMethod(node.s(c10::attr::name)));
    }
    if (node.kind() == c10::prim::CreateObject) {
      const std::vector<Function*>& methods = node.output()->type()->expect<c10::ClassType>()->methods();
      return !std::all_of(methods.begin(), methods.end(), [&](const Function* m) { return is_searched(m); });
    }
    return false;
  }

  bool is_searched(const Function* function) const {
    return std::find(functions_.begin(), functions_.end(), function) != functions_.end();
  }

  std::vector<Function*> functions_;
  std::string impure_;
};

}  // namespace

std::string impure_operator(const torch::jit::Module& module) { return OperatorSearch(module).run(); }

}  // namespace reenact
