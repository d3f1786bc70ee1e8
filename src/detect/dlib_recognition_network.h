#pragma once

#include <dlib/dnn.h>

namespace reenact::dlib_recognition {

// The network of dlib's example dnn_face_recognition_ex.cpp (public domain). Its file can only be read into
// exactly this type.

template <int N, template <typename> class BN, int stride, typename SUBNET>
using block = BN<dlib::con<N, 3, 3, 1, 1, dlib::relu<BN<dlib::con<N, 3, 3, stride, stride, SUBNET>>>>>;

template <int N, typename SUBNET>
using residual = dlib::relu<dlib::add_prev1<block<N, dlib::affine, 1, dlib::tag1<SUBNET>>>>;

/// Halves the resolution; the skip connection is an average pooling.
template <int N, typename SUBNET>
using residual_down = dlib::relu<dlib::add_prev2<
    dlib::avg_pool<2, 2, 2, 2, dlib::skip1<dlib::tag2<block<N, dlib::affine, 2, dlib::tag1<SUBNET>>>>>>>;

template <typename SUBNET>
using level0 = residual_down<256, SUBNET>;
template <typename SUBNET>
using level1 = residual<256, residual<256, residual_down<256, SUBNET>>>;
template <typename SUBNET>
using level2 = residual<128, residual<128, residual_down<128, SUBNET>>>;
template <typename SUBNET>
using level3 = residual<64, residual<64, residual<64, residual_down<64, SUBNET>>>>;
template <typename SUBNET>
using level4 = residual<32, residual<32, residual<32, SUBNET>>>;

using Network = dlib::loss_metric<dlib::fc_no_bias<
    128, dlib::avg_pool_everything<level0<level1<level2<level3<level4<dlib::max_pool<
             3, 3, 2, 2,
             dlib::relu<dlib::affine<dlib::con<32, 7, 7, 2, 2, dlib::input_rgb_image_sized<150>>>>>>>>>>>>>;

}  // namespace reenact::dlib_recognition
