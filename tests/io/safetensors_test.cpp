#include "io/safetensors.h"

#include <gtest/gtest.h>

#include "reenact/core/error.h"

namespace reenact {
namespace {

std::string make_file(const std::string& header, const std::string& data) {
  std::string file(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) file[i] = static_cast<char>(header.size() >> (8 * i) & 255U);
  return file + header + data;
}

TEST(Safetensors, ReadsTensorsAndMetadata) {
  const std::string file =
      make_file(R"({"__metadata__":{"name":"x"},"b":{"dtype":"U8","shape":[2],"data_offsets":[8,10]},)"
                R"("a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}  )",
                "12345678hi");
  const Safetensors content = parse_safetensors(file);
  EXPECT_EQ(content.metadata.at("name"), "x");
  EXPECT_EQ(content.tensors.at("a").type, TensorType::f32);
  EXPECT_EQ(content.tensors.at("a").shape, (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(content.tensors.at("a").bytes, "12345678");
  EXPECT_EQ(content.tensors.at("b").bytes, "hi");
}

TEST(Safetensors, ScalarsAndEmptyTensorsAreAllowed) {
  const Safetensors content = parse_safetensors(make_file(
      R"({"s":{"dtype":"I32","shape":[],"data_offsets":[0,4]},"e":{"dtype":"F16","shape":[0,3],"data_offsets":[4,4]}})",
      "1234"));
  EXPECT_EQ(content.tensors.at("s").bytes.size(), 4U);
  EXPECT_TRUE(content.tensors.at("e").bytes.empty());
}

struct Hostile {
  const char* name;
  const char* reason;
  std::string file;
};

class HostileSafetensors : public ::testing::TestWithParam<Hostile> {};

TEST_P(HostileSafetensors, IsRefused) {
  try {
    parse_safetensors(GetParam().file);
    FAIL() << "the file was accepted";
  } catch (const ModelError& error) {
    EXPECT_NE(std::string(error.what()).find(GetParam().reason), std::string::npos) << error.what();
  }
}

std::string with_tensor(const std::string& description, const std::string& data = "12345678") {
  return make_file(R"({"t":)" + description + "}", data);
}

INSTANTIATE_TEST_SUITE_P(
    Files, HostileSafetensors,
    ::testing::Values(
        Hostile{"Empty", "only 0 bytes", ""}, Hostile{"Stub", "only 7 bytes", "1234567"},
        Hostile{"HugeHeader", "claims", std::string(8, '\xff') + "{}"},
        Hostile{"HeaderBeyondTheEnd", "claims 3 bytes", std::string("\3\0\0\0\0\0\0\0", 8) + "{}"},
        Hostile{"NotJson", "JSON object", make_file("{\"a\":", "")},
        Hostile{"NotAnObject", "JSON object", make_file("[]", "")},
        Hostile{"DeeplyNested", "JSON object", make_file(std::string(100000, '['), "")},
        Hostile{"NotUtf8", "JSON object", make_file("{\"\xff\":1}", "")},
        Hostile{"MetadataNotText", "metadata", make_file(R"({"__metadata__":{"a":1}})", "")},
        Hostile{"MetadataList", "metadata", make_file(R"({"__metadata__":[]})", "")},
        Hostile{"TensorNotObject", "described", with_tensor("7")},
        Hostile{"NoOffsets", "described", with_tensor(R"({"dtype":"F32","shape":[2]})")},
        Hostile{"ExtraField", "described",
                with_tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1})")},
        Hostile{"UnknownType", "unknown type",
                with_tensor(R"({"dtype":"F99","shape":[2],"data_offsets":[0,8]})")},
        Hostile{"TypeNotText", "unknown type",
                with_tensor(R"({"dtype":4,"shape":[2],"data_offsets":[0,8]})")},
        Hostile{"ShapeNotList", "no sound shape",
                with_tensor(R"({"dtype":"F32","shape":2,"data_offsets":[0,8]})")},
        Hostile{"NegativeExtent", "no sound shape",
                with_tensor(R"({"dtype":"F32","shape":[-2],"data_offsets":[0,8]})")},
        Hostile{"FractionalExtent", "no sound shape",
                with_tensor(R"({"dtype":"F32","shape":[2.0],"data_offsets":[0,8]})")},
        Hostile{"TooManyDimensions", "no sound shape",
                with_tensor(R"({"dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]})")},
        Hostile{"OverflowingShape", "larger than the file",
                with_tensor(R"({"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]})")},
        Hostile{"WrongSize", "do not match its shape",
                with_tensor(R"({"dtype":"F32","shape":[1],"data_offsets":[0,8]})")},
        Hostile{"OffsetsReversed", "outside the file",
                with_tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[8,0]})")},
        Hostile{"OffsetsBeyond", "outside the file",
                with_tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[8,16]})")},
        Hostile{
            "OffsetsHuge", "outside the file",
            with_tensor(
                R"({"dtype":"F32","shape":[2],"data_offsets":[18446744073709551608,18446744073709551615]})")},
        Hostile{"OffsetsThree", "outside the file",
                with_tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[0,4,8]})")},
        Hostile{"TrailingBytes", "after its last tensor",
                with_tensor(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})")},
        Hostile{"Gap", "gaps", with_tensor(R"({"dtype":"F32","shape":[1],"data_offsets":[4,8]})")},
        Hostile{"Overlap", "overlap",
                make_file(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                          R"("b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
                          "12345678")}),
    [](const ::testing::TestParamInfo<Hostile>& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace reenact
