#pragma once

#include <stdexcept>
#include <string>

namespace reenact {

/// Exit codes of the command-line program; documented in the README.
enum class ExitCode : int {
  ok = 0,
  internal = 1,
  usage = 2,
  input = 3,
  no_face = 4,
  model = 5,
  output = 6,
  some_failed = 7,  ///< of a batch or an evaluation
  all_failed = 8,
  incomplete = 9,  ///< what could be read of a damaged driver was used
  interrupted = 130,
};

/// Base of every failure this project reports. `what()` is one sentence that says
/// what is wrong, with which file, and what to do.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode code() const noexcept { return code_; }

 private:
  ExitCode code_;
};

/// An option has a value that makes no sense, or two options contradict each other.
class UsageError : public Error {
 public:
  explicit UsageError(const std::string& message) : Error(ExitCode::usage, message) {}
};

/// A photo, video or motion file cannot be read or is not what it should be.
class InputError : public Error {
 public:
  explicit InputError(const std::string& message) : Error(ExitCode::input, message) {}
};

/// No face where one is needed.
class NoFaceError : public Error {
 public:
  explicit NoFaceError(const std::string& message) : Error(ExitCode::no_face, message) {}
};

/// A model file is missing, damaged, or breaks its contract.
class ModelError : public Error {
 public:
  explicit ModelError(const std::string& message) : Error(ExitCode::model, message) {}
};

/// The user stopped the run before it had anything to show.
class Interrupted : public Error {
 public:
  explicit Interrupted(const std::string& message) : Error(ExitCode::interrupted, message) {}
};

/// An output cannot be written.
class OutputError : public Error {
 public:
  explicit OutputError(const std::string& message) : Error(ExitCode::output, message) {}
};

}  // namespace reenact
