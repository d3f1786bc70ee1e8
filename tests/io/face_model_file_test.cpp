#include "reenact/io/face_model_file.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "reenact/core/error.h"
#include "reenact/files/sha256.h"
#include "support/files.h"
#include "support/temporary_directory.h"

namespace reenact {
namespace {

using nlohmann::json;

const std::filesystem::path shipped = std::filesystem::path(REENACT_SOURCE_DIR) / "models/face_model";

/// The shipped model taken apart, so that tests can damage a copy.
struct ModelFiles {
  json manifest = json::parse(testing::read_text(shipped / "manifest.json"));
  json header;
  std::string data;

  ModelFiles() {
    const std::string file = testing::read_text(shipped / "face_model.safetensors");
    std::size_t length = 0;
    for (std::size_t i = 8; i-- > 0;) length = length << 8U | static_cast<unsigned char>(file[i]);
    header = json::parse(file.substr(8, length));
    data = file.substr(8 + length);
  }

  char* bytes_of(const std::string& tensor) {
    return &data[header[tensor]["data_offsets"][0].get<std::size_t>()];
  }

  template <typename Value>
  void poke(const std::string& tensor, Value value) {
    std::memcpy(bytes_of(tensor), &value, sizeof value);
  }

  /// Removes a tensor and closes the gap in the data.
  void drop(const std::string& tensor) {
    const std::size_t start = header[tensor]["data_offsets"][0];
    const std::size_t end = header[tensor]["data_offsets"][1];
    data.erase(start, end - start);
    header.erase(tensor);
    for (auto& [name, entry] : header.items()) {
      if (name == "__metadata__" || entry["data_offsets"][0] < end) continue;
      for (json& offset : entry["data_offsets"]) offset = offset.get<std::size_t>() - (end - start);
    }
  }

  /// Writes the files with a sha256 that fits.
  void save(const std::filesystem::path& directory) {
    const std::string text = header.dump();
    std::string file(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) file[i] = static_cast<char>(text.size() >> (8 * i) & 255U);
    file += text + data;
    testing::write_text(directory / "face_model.safetensors", file);
    if (manifest.contains("sha256")) manifest["sha256"] = sha256_of_bytes(file);
    testing::write_text(directory / "manifest.json", manifest.dump());
  }
};

std::string reason_for_refusal(const std::filesystem::path& directory) {
  try {
    load_face_model(directory);
  } catch (const ModelError& error) {
    return error.what();
  }
  return "";
}

TEST(LoadFaceModel, ShippedModelIsSound) {
  const FaceModel model = load_face_model(shipped);
  EXPECT_GT(model.vertex_count(), 4000);
  EXPECT_LT(model.vertex_count(), 6000);
  EXPECT_EQ(model.identity_count(), 50);
  EXPECT_EQ(model.expression_count(), 55);
  EXPECT_GE(model.expression_index("jawOpen"), 0);
  EXPECT_GE(model.neutral_coordinates.minCoeff(), 0.0F);
  EXPECT_LE(model.neutral_coordinates.maxCoeff(), 1.0F);
  EXPECT_FLOAT_EQ(model.head_weight.maxCoeff(), 1.0F);
  EXPECT_FLOAT_EQ(model.head_weight.minCoeff(), 0.0F);
}

TEST(LoadFaceModel, ShippedModelStandsInTheDocumentedFrame) {
  const FaceModel model = load_face_model(shipped);
  const auto landmark = [&](int number) { return model.mean.col(model.landmarks68[number]); };
  EXPECT_LT(landmark(36).x(), 0.0F);                             // outer corner of the subject's right eye
  EXPECT_GT(landmark(45).x(), 0.0F);                             // and of the left
  EXPECT_GT(landmark(27).y(), landmark(8).y());                  // nose bridge above chin
  EXPECT_GT(landmark(30).z(), landmark(0).z());                  // tip of the nose in front of the ears
  EXPECT_NEAR(landmark(45).x() - landmark(36).x(), 9.0F, 1.0F);  // centimetres
  EXPECT_LT(eyeball_centre(model, model.mean, Region::eyeball_right).x(), -2.0);
}

TEST(LoadFaceModel, ShippedModelIsSymmetric) {
  const FaceModel model = load_face_model(shipped);
  for (Eigen::Index i = 0; i < model.vertex_count(); ++i) {
    const Eigen::Index j = model.mirror[i];
    ASSERT_EQ(model.mirror[j], i);
    ASSERT_EQ(model.mean.col(j), Eigen::Vector3f(model.mean.col(i).cwiseProduct(Eigen::Vector3f(-1, 1, 1))));
    ASSERT_EQ(model.head_weight[i], model.head_weight[j]);
  }
}

TEST(LoadFaceModel, ReadsTheBasesInTheirOrder) {
  const FaceModel model = load_face_model(shipped);
  const Eigen::Index chin = model.landmarks68[8];
  const Eigen::Index bridge = model.landmarks68[27];
  const Eigen::Index jaw_open = model.expression_index("jawOpen");
  EXPECT_LT(model.expression(3 * chin + 1, jaw_open), -1.5F);  // the chin drops
  EXPECT_LT(std::abs(model.expression(3 * bridge + 1, jaw_open)), 0.05F);
  EXPECT_GT(model.identity.col(0).norm(), model.identity.col(49).norm());
}

TEST(LoadFaceModel, ReadsMeshPoints) {
  const FaceModel model = load_face_model(shipped);
  ASSERT_EQ(model.landmarks468.size(), 468);
  constexpr float rounding = 1e-5F;  // the sum of three stored float32 weights
  EXPECT_LT((model.landmarks468.barycentric.colwise().sum().array() - 1.0F).abs().maxCoeff(), rounding);
  EXPECT_GE(model.landmarks468.barycentric.minCoeff(), 0.0F);
}

TEST(LoadFaceModel, MeshPointsAreOptional) {
  const testing::TemporaryDirectory directory;
  ModelFiles files;
  files.drop("landmarks468_triangle");
  files.drop("landmarks468_barycentric");
  files.save(directory.path());
  EXPECT_EQ(load_face_model(directory.path()).landmarks468.size(), 0);
}

TEST(LoadFaceModel, MissingFolderIsNamed) {
  const testing::TemporaryDirectory directory;
  EXPECT_NE(reason_for_refusal(directory / "nowhere").find("there is no file"), std::string::npos);
}

TEST(LoadFaceModel, ChangedBytesDoNotMatchTheManifest) {
  const testing::TemporaryDirectory directory;
  std::string file = testing::read_text(shipped / "face_model.safetensors");
  file.back() = static_cast<char>(file.back() ^ 1);
  testing::write_text(directory / "face_model.safetensors", file);
  testing::write_text(directory / "manifest.json", testing::read_text(shipped / "manifest.json"));
  EXPECT_NE(reason_for_refusal(directory.path()).find("sha256"), std::string::npos);
}

TEST(LoadFaceModel, FileCutShortIsRefused) {
  const testing::TemporaryDirectory directory;
  ModelFiles files;
  files.data.resize(files.data.size() / 2);
  files.save(directory.path());
  EXPECT_NE(reason_for_refusal(directory.path()).find("outside the file"), std::string::npos);
}

struct Damage {
  const char* name;
  const char* reason;
  std::function<void(ModelFiles&)> apply;
};

class DamagedFaceModelFile : public ::testing::TestWithParam<Damage> {};

TEST_P(DamagedFaceModelFile, IsRefusedWithTheReason) {
  const testing::TemporaryDirectory directory;
  ModelFiles files;
  GetParam().apply(files);
  files.save(directory.path());
  const std::string reason = reason_for_refusal(directory.path());
  EXPECT_NE(reason.find(GetParam().reason), std::string::npos) << reason;
}

INSTANTIATE_TEST_SUITE_P(
    Files, DamagedFaceModelFile,
    ::testing::Values(
        Damage{"ManifestNotObject", "not the manifest", [](ModelFiles& f) { f.manifest = json::array(); }},
        Damage{"ManifestOfSomethingElse", "not the manifest",
               [](ModelFiles& f) { f.manifest["format"] = "other"; }},
        Damage{"ManifestVersion", "unknown format version",
               [](ModelFiles& f) { f.manifest["format_version"] = 2; }},
        Damage{"ManifestWithoutHash", "no sha256", [](ModelFiles& f) { f.manifest.erase("sha256"); }},
        Damage{"NoMetadata", "metadata lack 'format'", [](ModelFiles& f) { f.header.erase("__metadata__"); }},
        Damage{"MetadataVersion", "metadata do not say",
               [](ModelFiles& f) { f.header["__metadata__"]["format_version"] = "9"; }},
        Damage{"NamesNotJson", "not a JSON list",
               [](ModelFiles& f) { f.header["__metadata__"]["expression_names"] = "jawOpen"; }},
        Damage{"NamesNotText", "not texts",
               [](ModelFiles& f) { f.header["__metadata__"]["expression_names"] = "[1]"; }},
        Damage{"NamesTooFew", "names differ",
               [](ModelFiles& f) { f.header["__metadata__"]["expression_names"] = "[\"jawOpen\"]"; }},
        Damage{"TensorRenamed", "lacks the tensor 'mirror'",
               [](ModelFiles& f) {
                 f.header["mirrour"] = f.header["mirror"];
                 f.header.erase("mirror");
               }},
        Damage{"TensorUnknown", "unknown tensor 'extra'",
               [](ModelFiles& f) {
                 f.header["extra"] = {
                     {"dtype", "U8"}, {"shape", {1}}, {"data_offsets", {f.data.size(), f.data.size() + 1}}};
                 f.data += 'x';
               }},
        Damage{"MeanFlat", "'mean' has the wrong shape",
               [](ModelFiles& f) {
                 json& shape = f.header["mean"]["shape"];
                 shape = {shape[0].get<int>() * 3};
               }},
        Damage{"MeanTransposed", "has the wrong shape",
               [](ModelFiles& f) {
                 json& shape = f.header["mean"]["shape"];
                 shape = {shape[1], shape[0]};
               }},
        Damage{"MirrorOfFloats", "'mirror' has the wrong type",
               [](ModelFiles& f) { f.header["mirror"]["dtype"] = "F32"; }},
        Damage{"BasisTransposed", "'identity' has the wrong shape",
               [](ModelFiles& f) {
                 json& shape = f.header["identity"]["shape"];
                 shape = {shape[1], shape[0], shape[2]};
               }},
        Damage{"MeshPointsHalf", "lacks the tensor 'landmarks468_barycentric'",
               [](ModelFiles& f) { f.drop("landmarks468_barycentric"); }},
        Damage{"MeanNan", "not finite", [](ModelFiles& f) { f.poke("mean", std::nanf("")); }},
        Damage{"IdentityInfinite", "not finite",
               [](ModelFiles& f) { f.poke<std::uint16_t>("identity", 0x7C00); }},
        Damage{"TriangleBeyond", "triangle points outside",
               [](ModelFiles& f) { f.poke<std::int32_t>("triangles", 1 << 30); }},
        Damage{"LandmarkNegative", "index points outside",
               [](ModelFiles& f) { f.poke<std::int32_t>("landmarks68", -1); }},
        Damage{"RegionUnknown", "unknown region",
               [](ModelFiles& f) { f.poke<std::uint8_t>("region", 200); }}),
    [](const ::testing::TestParamInfo<Damage>& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace reenact
