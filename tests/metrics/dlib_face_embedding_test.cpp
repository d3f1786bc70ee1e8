#include "reenact/detect/dlib_face_embedding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include "detect/dlib_recognition_network.h"
#include "metrics/reference.h"
#include "reenact/core/error.h"
#include "reenact/infer/face_embedding.h"
#include "support/temporary_directory.h"

namespace reenact {
namespace {

using ::testing::HasSubstr;

/// Fills the layers of dlib's network, from output to input, with the values of a file.
class WeightReader {
 public:
  explicit WeightReader(std::istream& values) : values_(values) {}

  template <long filters, long rows, long columns, int stride_y, int stride_x, int padding_y, int padding_x>
  void operator()(dlib::con_<filters, rows, columns, stride_y, stride_x, padding_y, padding_x>& layer) {
    fill(layer.get_layer_params());
  }
  template <unsigned long outputs, dlib::fc_bias_mode bias>
  void operator()(dlib::fc_<outputs, bias>& layer) {
    fill(layer.get_layer_params());
  }
  void operator()(dlib::affine_& layer) {
    auto scale = layer.get_gamma();
    fill(scale);
    auto shift = layer.get_beta();
    fill(shift);
  }
  template <typename OtherLayer>
  void operator()(OtherLayer& /*without weights*/) {}

 private:
  void fill(dlib::tensor& layer) {
    values_.read(reinterpret_cast<char*>(layer.host_write_only()),
                 static_cast<std::streamsize>(layer.size() * sizeof(float)));
  }

  std::istream& values_;
};

/// Affine layers scale channels, as those that stem from a batch normalisation do; by default they scale each
/// value.
struct ScaleChannels {
  void operator()(dlib::affine_& layer) { layer = dlib::affine_(dlib::CONV_MODE); }
  template <typename OtherLayer>
  void operator()(OtherLayer& /*not affine*/) {}
};

/// A file like dlib's own, with face-api's version of its weights.
void write_network(const std::filesystem::path& file) {
  dlib_recognition::Network network;
  dlib::visit_computational_layers(network, ScaleChannels());
  dlib::matrix<dlib::rgb_pixel> grey(150, 150);
  grey = dlib::rgb_pixel(128, 128, 128);
  network(grey);  // allocates the layers
  std::ifstream values(test::reference_file("dlib_weights.f32"), std::ios::binary);
  ASSERT_TRUE(values) << "dlib_weights.f32 is missing; run the tests with ctest";
  dlib::visit_computational_layers(network, WeightReader(values));
  ASSERT_TRUE(values && values.peek() == std::ifstream::traits_type::eof()) << "the layers have another size";
  dlib::serialize(file.string()) << network;
}

/// Three planes of 150×150 with values that are multiples of 1/255.
std::vector<float> smooth_picture() {
  std::vector<float> rgb;
  for (int channel = 0; channel < 3; ++channel) {
    for (int y = 0; y < 150; ++y) {
      for (int x = 0; x < 150; ++x) {
        const double value = 128 + 100 * std::sin(0.05 * (channel + 1) * x + 0.03 * y) * std::cos(0.04 * y);
        rgb.push_back(static_cast<float>(std::round(value)) / 255);
      }
    }
  }
  return rgb;
}

class DlibNetworkFile : public ::testing::Test {
 protected:
  void SetUp() override { write_network(file_); }

  std::string refusal() {
    try {
      DlibFaceEmbedding embedding(file_);
    } catch (const ModelError& error) {
      return error.what();
    }
    return "nothing was refused";
  }

  reenact::testing::TemporaryDirectory directory_;
  const std::filesystem::path file_ = directory_ / "network.dat";
};

/// Both implementations compute one network: dlib's layers, and the TorchScript made by
/// scripts/convert_face_recognition.py.
TEST_F(DlibNetworkFile, EqualsTheTorchScriptOfTheSameWeights) {
  const FaceEmbedding torch_network(std::filesystem::path(REENACT_SOURCE_DIR) / "models" / "face_recognition",
                                    {"cpu", 1});
  DlibFaceEmbedding dlib_network(file_);
  const std::vector<float> rgb = smooth_picture();
  const Eigen::VectorXf expected = torch_network.embed(rgb);
  const Eigen::VectorXf embedding = dlib_network.embed(rgb);
  ASSERT_EQ(embedding.size(), 128);
  EXPECT_GT(expected.norm(), 0.5);
  EXPECT_LT((embedding - expected).cwiseAbs().maxCoeff(), 1e-4);
}

TEST_F(DlibNetworkFile, RefusesInputsOfAnotherSize) {
  DlibFaceEmbedding network(file_);
  EXPECT_THROW(network.embed(std::vector<float>(10)), InputError);
}

TEST_F(DlibNetworkFile, RefusesADamagedFile) {
  std::filesystem::resize_file(file_, std::filesystem::file_size(file_) / 2);
  EXPECT_THAT(refusal(), HasSubstr("is not dlib's face recognition network"));
}

TEST_F(DlibNetworkFile, RefusesAnotherFile) {
  std::ofstream(file_) << "not a network\n";
  EXPECT_THAT(refusal(), HasSubstr("is not dlib's face recognition network"));
  std::filesystem::resize_file(file_, 100 << 20);
  EXPECT_THAT(refusal(), HasSubstr("too large"));
  std::filesystem::remove(file_);
  EXPECT_THAT(refusal(), HasSubstr("is missing"));
}

}  // namespace
}  // namespace reenact
