#include "infer/script_source.h"

#include <caffe2/serialize/inline_container.h>
#include <torch/csrc/jit/frontend/lexer.h>
#include <torch/csrc/jit/frontend/parser.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <memory>
#include <set>
#include <string>

#include "reenact/core/error.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;
using namespace torch::jit;

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// Numbers, texts, None, names, and lists, tuples and dictionaries of them: nothing that has to be computed.
bool is_literal(const TreeRef& expression) {
  switch (expression->kind()) {
    case TK_CONST:
    case TK_STRINGLITERAL:
    case TK_NONE:
    case TK_TRUE:
    case TK_FALSE:
    case TK_VAR:
      return true;
    case TK_UNARY_MINUS:
    case TK_LIST:
    case TK_LIST_LITERAL:
    case TK_TUPLE_LITERAL:
    case TK_DICT_LITERAL:
      return std::all_of(expression->trees().begin(), expression->trees().end(), is_literal);
    default:
      return false;
  }
}

/// `name: type = value` in a class; the value of `__annotations__[name] = type` is only a type.
bool has_computed_value(const Assign& assignment) {
  return assignment.lhs().kind() != TK_SUBSCRIPT && assignment.rhs().present() &&
         !is_literal(assignment.rhs().get());
}

bool is_subclass_of(const ClassDef& definition, const char* name) {
  const Maybe<Expr> parent = definition.superclass();
  return parent.present() && parent.get().kind() == TK_VAR && Var(parent.get()).name().name() == name;
}

/// `Final[type]`
bool is_type_of_constant(const Expr& type) {
  return type.kind() == TK_SUBSCRIPT && Subscript(type).value().kind() == TK_VAR &&
         Subscript(type).subscript_exprs().size() == 1;
}

/// An assignment to a name in a class without the type that LibTorch 1.13 reads there, present or not.
bool lacks_type(const Assign& assignment, const ClassDef& definition) {
  if (assignment.lhs().kind() != TK_VAR || is_subclass_of(definition, "Enum")) return false;
  static const std::set<std::string> lists = {"__parameters__", "__buffers__", "__forward_hooks__",
                                              "__forward_pre_hooks__"};
  if (lists.count(Var(assignment.lhs()).name().name()) != 0) return false;
  if (!assignment.type().present()) return true;
  return assignment.rhs().present() && !is_subclass_of(definition, "NamedTuple") &&
         !is_type_of_constant(assignment.type().get());
}

/// The records of an archive that make LibTorch run something.
class ArchiveSearch {
 public:
  explicit ArchiveSearch(const fs::path& file) : file_(file), archive_(file.string()) {}

  void run() {
    std::set<std::string> names;
    for (const std::string& record : archive_.getAllRecords()) {
      const std::string name = lower_case(record);  // LibTorch's loader does not tell them apart
      if (!names.insert(name).second || !archive_.hasRecord(record)) {
        fail("has two records of the name " + record + ", or one that cannot be found by its name");
      }
      if (name == "model.json") fail("has a format that LibTorch no longer writes; save it again");
      if (ends_with(name, ".py")) search_source(read(record));
      if (ends_with(name, ".pkl")) search_pickle(read(record));
    }
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw ModelError(file_.string() + " " + problem);
  }

  std::string read(const std::string& record) {
    const auto [data, size] = archive_.getRecord(record);
    return {static_cast<const char*>(data.get()), size};
  }

  /// A pickle names a class by its module and its name on two lines.
  void search_pickle(std::string pickle) const {
    std::replace(pickle.begin(), pickle.end(), '\n', '.');
    if (pickle.find("torch.classes.") != std::string::npos)
      fail("holds objects of LibTorch's native classes");
  }

  /// Reads definitions as LibTorch's importer does, which refuses what is not one.
  void search_source(const std::string& text) const {
    Parser parser(std::make_shared<Source>(text));
    while (parser.lexer().cur().kind != TK_EOF) {
      switch (parser.lexer().cur().kind) {
        case TK_CLASS_DEF:
          search(parser.parseClass());
          break;
        case TK_DEF:
          search(parser.parseFunction(/*is_method=*/false));
          break;
        default:
          parser.lexer().next();  // imports and version numbers of old files
      }
    }
  }

  void search(const TreeRef& tree) const {
    if (tree->kind() == TK_DEF && Def(tree).name().name() == "__setstate__") {
      fail("has a method __setstate__, which runs when it is loaded");
    }
    if (tree->kind() == TK_PARAM) {
      const Maybe<Expr> value = Param(tree).defaultValue();
      if (value.present() && !is_literal(value.get())) {
        fail("has a default value that is computed when it is loaded");
      }
    }
    if (tree->kind() == TK_CLASS_DEF) {
      for (const Stmt& statement : ClassDef(tree).body()) {
        if (statement.kind() == TK_ASSIGN && has_computed_value(Assign(statement))) {
          fail("has a constant whose value is computed when it is loaded");
        }
        if (statement.kind() == TK_ASSIGN && lacks_type(Assign(statement), ClassDef(tree))) {
          fail("has a constant without a type");
        }
      }
    }
    for (const TreeRef& inner : tree->trees()) search(inner);
  }

  const fs::path& file_;
  caffe2::serialize::PyTorchStreamReader archive_;
};

/// LibTorch's loader goes by the first bytes, its archive reader by the last.
bool starts_as_archive(const fs::path& file) {
  std::array<char, 4> start{};
  std::ifstream(file, std::ios::binary).read(start.data(), start.size());
  return start == std::array<char, 4>{'P', 'K', '\3', '\4'};
}

}  // namespace

void require_nothing_runs_at_load(const fs::path& file) {
  if (!starts_as_archive(file)) throw ModelError(file.string() + " is not TorchScript: it is no zip archive");
  ArchiveSearch(file).run();
}

}  // namespace reenact
