#include "reenact/infer/device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string>

#include "reenact/core/error.h"

namespace reenact {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Standard output and error of a shell command.
std::string output_of(const std::string& command) {
  FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  std::string text;
  std::array<char, 4096> buffer{};
  for (std::size_t count = 0; (count = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    text.append(buffer.data(), count);
  }
  EXPECT_EQ(pclose(pipe), 0) << text;
  return text;
}

const std::string probe = std::string("OMP_DISPLAY_ENV=TRUE '") + PASSIVE_OPENMP_PROBE + "' one 'two words'";

TEST(Device, VersionIsOfTheFormMajorMinorPatch) {
  int major = 0;
  int minor = 0;
  ASSERT_EQ(std::sscanf(torch_version().c_str(), "%d.%d", &major, &minor), 2) << torch_version();
  EXPECT_GE(major, 1);
}

TEST(Device, BlasIsNamed) { EXPECT_FALSE(blas_name().empty()); }

TEST(Device, ProcessorComesFirst) {
  ASSERT_FALSE(visible_devices().empty());
  EXPECT_EQ(visible_devices().front(), "cpu");
}

TEST(Device, PrecisionsHaveNames) {
  for (const Precision precision : {Precision::automatic, Precision::float32, Precision::bfloat16}) {
    EXPECT_EQ(precision_named(precision_name(precision)), precision);
  }
  EXPECT_THROW(precision_named("float16"), UsageError);
}

TEST(PassiveOpenMp, ReachesTheOpenMpRuntimeAndKeepsTheArguments) {
  const std::string output = output_of("env -u OMP_WAIT_POLICY -u GOMP_SPINCOUNT " + probe);
  EXPECT_THAT(output, HasSubstr("OMP_WAIT_POLICY = 'PASSIVE'"));
  EXPECT_THAT(output, HasSubstr("[one]\n[two words]\n"));
}

TEST(PassiveOpenMp, LeavesAPolicyOfTheUserAlone) {
  const std::string output = output_of("env -u GOMP_SPINCOUNT OMP_WAIT_POLICY=active " + probe);
  EXPECT_THAT(output, HasSubstr("OMP_WAIT_POLICY = 'ACTIVE'"));
  EXPECT_THAT(output, Not(HasSubstr("OMP_WAIT_POLICY = 'PASSIVE'")));
}

}  // namespace
}  // namespace reenact
