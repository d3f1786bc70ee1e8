#include "infer/script_module.h"

#include <ATen/Context.h>
#include <c10/util/Flags.h>
#include <torch/csrc/jit/passes/xnnpack_rewrite.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <new>
#include <sstream>
#include <utility>

#include "infer/operator_search.h"
#include "infer/quick_operators.h"
#include "infer/script_source.h"
#include "reenact/core/error.h"
#include "reenact/files/sha256.h"

/// How many threads XNNPACK gets from LibTorch; read when it is first used.
C10_DECLARE_int(pthreadpool_size);

namespace reenact {

namespace fs = std::filesystem;

namespace {

/// Slack for the range [0,1]: a sigmoid in another precision or a resampling may overshoot by rounding.
constexpr float unit_range_tolerance = 1e-4F;

/// The line of an exception's text that says what is wrong: LibTorch's traces put it last.
std::string reason(const std::exception& error) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  std::istringstream text(torch_error != nullptr ? torch_error->what_without_backtrace() : error.what());
  std::string line;
  std::string last;
  while (std::getline(text, line)) {
    if (line.find_first_not_of(" \t\r") != std::string::npos) last = line;
  }
  return last;
}

/// LibTorch has no type for it. Messages also quote a file's source, but never from the start of a line.
bool is_refused_memory(const std::string& reason) {
  return (reason.rfind("[enforce fail at alloc_cpu", 0) == 0 ||
          reason.rfind("RuntimeError: [enforce fail at alloc_cpu", 0) == 0) &&
         reason.find("can't allocate memory") != std::string::npos;
}

std::string shape_text(at::IntArrayRef shape) {
  std::ostringstream text;
  text << shape;
  return text.str();
}

std::string signature_of(const c10::FunctionSchema& schema) {
  std::string inputs;
  for (std::size_t i = 1; i < schema.arguments().size(); ++i) {  // argument 0 is self
    inputs += (i > 1 ? ", " : "") + schema.arguments()[i].type()->str();
  }
  const std::string output = schema.returns().size() == 1 ? schema.returns()[0].type()->str() : "?";
  return "(" + inputs + ") -> " + output;
}

}  // namespace

ModelError torch_failure(const fs::path& file, const std::string& what, const std::exception& error) {
  const std::string told = reason(error);
  if (is_refused_memory(told)) throw std::bad_alloc();
  return ModelError(file.string() + " " + what + ": " + told);
}

at::Device choose_device(const std::string& name) {
  const bool has_cuda = at::globalContext().hasCUDA();
  if (name == "auto") return at::Device(has_cuda ? at::kCUDA : at::kCPU, has_cuda ? 0 : -1);
  if (name == "cpu") return at::kCPU;
  const bool is_cuda = name == "cuda" || (name.rfind("cuda:", 0) == 0 && name.size() > 5 && name.size() < 8 &&
                                          std::all_of(name.begin() + 5, name.end(),
                                                      [](unsigned char c) { return std::isdigit(c) != 0; }));
  if (!is_cuda) throw UsageError("The device '" + name + "' is not known; use auto, cpu, cuda or cuda:N");
  const int index = name == "cuda" ? 0 : std::stoi(name.substr(5));
  if (!has_cuda || index >= static_cast<int>(at::detail::getCUDAHooks().getNumGPUs())) {
    throw UsageError("The device '" + name + "' is not there: LibTorch " + torch_version() + " sees " +
                     std::to_string(at::detail::getCUDAHooks().getNumGPUs()) + " CUDA devices; use cpu");
  }
  return {at::kCUDA, static_cast<at::DeviceIndex>(index)};
}

std::string sha256_of_network(const fs::path& file) {
  try {
    return sha256_of_file(file);
  } catch (const InputError& error) {
    throw ModelError(error.what());
  }
}

ScriptModule::ScriptModule(fs::path file, const std::string& sha256, const InferOptions& options)
    : file_(std::move(file)),
      device_(choose_device(options.device)),
      threads_(options.threads > 0 ? options.threads : default_threads()) {
  torch::jit::getProfilingMode() =
      false;  // a plan made from a first run's profile is no quicker, but comes later
  if (options.threads < 0) throw UsageError("The number of threads must not be negative");
  set_blas_threads(threads_);
  std::error_code error;
  if (!fs::is_regular_file(file_, error)) fail("is missing");
  const std::string actual_sha256 = sha256_of_network(file_);
  if (actual_sha256 != sha256) {
    fail("is damaged or was replaced: its SHA-256 is " + actual_sha256 + ", its manifest says " + sha256);
  }
  const c10::InferenceMode inference_mode;
  try {
    require_nothing_runs_at_load(file_);
    module_ = torch::jit::load(file_.string(), device_);
    module_.eval();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& exception) {
    throw torch_failure(file_, "is not TorchScript that LibTorch " + torch_version() + " can load",
                        exception);
  }
  const std::string impure = impure_operator(module_);
  if (!impure.empty()) fail("uses the operator " + impure + ", which a network has no need for");
}

void ScriptModule::fail(const std::string& problem) const {
  throw ModelError(file_.string() + " " + problem);
}

bool ScriptModule::has_method(const std::string& method) const {
  return module_.find_method(method).has_value();
}

void ScriptModule::require_method(const std::string& method, const std::string& signature) const {
  const auto found = module_.find_method(method);
  if (!found) fail("has no method '" + method + "'");
  const std::string actual = signature_of(found->function().getSchema());
  if (actual != signature) {
    fail("has a method '" + method + "' of type " + actual + " where " + signature + " is needed");
  }
}

Precision ScriptModule::choose_precision(Precision asked, const std::string& bfloat16_method) const {
  const bool has_bfloat16 = has_method(bfloat16_method);
  if (asked == Precision::bfloat16 && !has_bfloat16) {
    fail("cannot run in bfloat16: it has no method '" + bfloat16_method + "'");
  }
  if (asked != Precision::automatic) return asked;
  return has_bfloat16 && device_.is_cpu() && has_native_bfloat16() ? Precision::bfloat16 : Precision::float32;
}

c10::IValue ScriptModule::attribute(const std::string& name) const {
  if (!module_.hasattr(name)) fail("has no attribute '" + name + "'");
  return module_.attr(name);
}

std::int64_t ScriptModule::integer_attribute(const std::string& name) const {
  const c10::IValue value = attribute(name);
  if (!value.isInt()) fail("has an attribute '" + name + "' that is not an integer");
  return value.toInt();
}

std::string ScriptModule::text_attribute(const std::string& name) const {
  const c10::IValue value = attribute(name);
  if (!value.isString()) fail("has an attribute '" + name + "' that is not a string");
  return value.toStringRef();
}

void ScriptModule::use_xnnpack() {
  if (!device_.is_cpu() || !at::globalContext().isXNNPACKAvailable()) return;
  const c10::InferenceMode inference_mode;
  FLAGS_pthreadpool_size = 1;  // XNNPACK's threads spin while they wait for each other
  module_ = torch::jit::optimizeForMobile(module_);
}

void ScriptModule::use_quick_operators(const std::string& method) {
  if (device_.is_cpu()) reenact::use_quick_operators(module_, method);
}

c10::IValue ScriptModule::call(const std::string& method, std::vector<c10::IValue> inputs) const {
  set_operator_threads(threads_);
  const c10::InferenceMode inference_mode;
  try {
    return module_.get_method(method)(std::move(inputs));
  } catch (const std::exception& exception) {
    throw torch_failure(file_, "fails in its method '" + method + "'", exception);
  }
}

at::Tensor ScriptModule::input(const std::vector<float>& values, at::IntArrayRef shape) const {
  const c10::InferenceMode inference_mode;
  if (static_cast<std::int64_t>(values.size()) != c10::multiply_integers(shape)) {
    throw Error(ExitCode::internal, std::to_string(values.size()) + " values were given to " +
                                        file_.string() + " where its input has the shape " +
                                        shape_text(shape));
  }
  // The tensor is only read: from_blob has no const form.
  return at::from_blob(const_cast<float*>(values.data()), shape, at::kFloat).to(device_);
}

void ScriptModule::require_tensor(const at::Tensor& tensor, at::IntArrayRef shape,
                                  const std::string& what) const {
  if (!tensor.defined() || tensor.scalar_type() != at::kFloat) {
    fail("returns " + what + " as " + (tensor.defined() ? c10::toString(tensor.scalar_type()) : "nothing") +
         " where Float is needed");
  }
  if (tensor.sizes() != shape) {
    fail("returns " + what + " with the shape " + shape_text(tensor.sizes()) + " where " + shape_text(shape) +
         " is needed");
  }
  if (tensor.numel() == 0) return;
  const auto [lowest, highest] = at::aminmax(tensor);  // not a number if any value is
  if (!std::isfinite(lowest.item<float>()) || !std::isfinite(highest.item<float>())) {
    fail("returns " + what + " with values that are not finite");
  }
}

void ScriptModule::require_unit_tensor(const at::Tensor& tensor, at::IntArrayRef shape,
                                       const std::string& what) const {
  require_tensor(tensor, shape, what);
  const auto [lowest, highest] = at::aminmax(tensor);
  if (lowest.item<float>() < -unit_range_tolerance || highest.item<float>() > 1 + unit_range_tolerance) {
    std::ostringstream range;
    range << "from " << lowest.item<float>() << " to " << highest.item<float>();
    fail("returns " + what + " with values " + range.str() + " where [0, 1] is needed");
  }
}

void ScriptModule::require_state(const c10::IValue& state) const {
  const c10::InferenceMode inference_mode;
  for (const at::Tensor& tensor : state.toTensorVector()) {
    if (tensor.is_floating_point()) {
      require_tensor(tensor.to(at::kFloat), tensor.sizes(), "a tensor of the state");
    }
  }
}

std::vector<float> copy_to_vector(const at::Tensor& tensor) {
  const c10::InferenceMode inference_mode;
  std::vector<float> values(static_cast<std::size_t>(tensor.numel()));
  at::from_blob(values.data(), tensor.sizes(), at::kFloat).copy_(tensor);
  return values;
}

std::vector<float> ramp(std::size_t count) {
  std::vector<float> values(count);
  const float last = static_cast<float>(std::max<std::size_t>(count, 2) - 1);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i) / last;
  return values;
}

}  // namespace reenact
