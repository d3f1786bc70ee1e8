#include <fcntl.h>
#include <malloc.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <iostream>
#include <memory>
#include <new>
#include <opencv2/core/utility.hpp>
#include <string>
#include <utility>

#include "cli/cmd_evaluate.h"
#include "cli/cmd_model.h"
#include "cli/cmd_reenact.h"
#include "cli/cmd_survey.h"
#include "cli/early_restart.h"
#include "cli/system_limits.h"
#include "reenact/animate/versions.h"
#include "reenact/core/error.h"
#include "reenact/files/text_table.h"
#include "reenact/infer/device.h"

namespace {

using reenact::ExitCode;

void print_versions() {
  for (const reenact::Version& version : reenact::versions()) {
    std::cout << version.name << ' ' << version.version << '\n';
  }
  for (const std::string& device : reenact::visible_devices()) std::cout << "device " << device << '\n';
}

int run(int argc, char** argv) {
  CLI::App app("Moves the face of a photo as a driver video does.", "reenact");
  app.option_defaults()->always_capture_default(false);
  bool show_version = false;
  app.add_flag("--version", show_version, "print versions and devices");
  reenact::cli::ReenactArguments arguments;
  reenact::cli::add_reenact_options(app, arguments);
  reenact::cli::add_evaluate_command(app);
  reenact::cli::add_survey_command(app);
  reenact::cli::add_model_command(app);
  if (argc == 1) {
    std::cout << app.help();
    return static_cast<int>(ExitCode::usage);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help, std::cout, std::cerr);
  } catch (const CLI::ParseError& error) {
    throw reenact::UsageError(std::string(error.what()) + " (see reenact --help)");
  }
  if (show_version) {
    print_versions();
    return static_cast<int>(ExitCode::ok);
  }
  if (!app.get_subcommands().empty()) return static_cast<int>(ExitCode::ok);
  return reenact::cli::run_reenact_command(arguments);
}

/// What was printed, the paths of results above all, has to arrive. Throws OutputError.
void require_printed() {
  std::cout.flush();
  if (!std::cout) throw reenact::OutputError("the standard output cannot be written; is the disk full?");
}

/// A file opened while stdout or stderr is closed would take its number, and what is printed its content.
void open_missing_standard_streams() {
  while (true) {
    const int descriptor = ::open("/dev/null", O_RDWR);
    if (descriptor > STDERR_FILENO) ::close(descriptor);
    if (descriptor < 0 || descriptor > STDERR_FILENO) return;
  }
}

/// Whatever the names and the content of files hold, a message is one line and moves no cursor.
class PrintableMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& line) override {
    const std::string text = reenact::printable({message.payload.data(), message.payload.size()});
    line.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<PrintableMessage>();
  }
};

void open_log() {
  spdlog::set_default_logger(spdlog::stderr_color_st("reenact"));
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<PrintableMessage>('*').set_pattern("%^%l%$: %*");
  spdlog::set_formatter(std::move(formatter));
}

/// glibc gives nearly every stage's thread a heap of its own, each of which keeps what a frame needed at
/// most. Small blocks that it keeps apart once they are freed are sorted in whenever a large one is, as
/// tensors are hundreds of times a frame: it is to keep none.
void tune_malloc() {
#ifdef M_ARENA_MAX
  constexpr int heaps = 4;
  ::mallopt(M_ARENA_MAX, heaps);
  ::mallopt(M_MXFAST, 0);
#endif
}

}  // namespace

int main(int argc, char** argv) {
  open_missing_standard_streams();
  open_log();
  try {
    reenact::cli::require_usable_system();
  } catch (const reenact::Error& error) {
    spdlog::error(error.what());
    std::_Exit(static_cast<int>(error.code()));  // an ordinary exit waits for OpenBLAS's threads
  }
  try {
    if (reenact::cli::may_run_threads_of_openmp(argv)) reenact::restart_with_passive_openmp(argv);
    ::prctl(PR_SET_NAME, "reenact");  // started from /proc/self/exe, it would be "exe" in lists of processes
    // The stages are threads already, and optical flow depends on the number of threads it is divided among.
    cv::setNumThreads(1);
    tune_malloc();
    std::signal(SIGPIPE, SIG_IGN);  // a reader that leaves does not end a batch
    const int code = run(argc, argv);
    if (code == static_cast<int>(ExitCode::ok)) require_printed();
    return code;
  } catch (const reenact::Error& error) {
    spdlog::error(error.what());
    return static_cast<int>(error.code());
  } catch (const std::bad_alloc&) {
    spdlog::error("memory ran out; give a smaller photo or fewer --jobs, or raise its limit");
    return static_cast<int>(ExitCode::internal);
  } catch (const std::exception& error) {
    spdlog::error("internal error: {}", error.what());
    return static_cast<int>(ExitCode::internal);
  }
}
