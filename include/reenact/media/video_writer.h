#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <vector>

#include "reenact/core/rational.h"

namespace reenact {

struct VideoWriterOptions {
  /// x264 constant rate factor, 0 (lossless) to 51 (VP9: the same share of its scale; Motion JPEG: the equal
  /// quantiser; ProRes and GIF know none).
  int crf = 18;
  std::string preset = "veryfast";  ///< x264 preset
  Rational frame_rate{25, 1};
  Rational time_base{1, 12800};  ///< of the timestamps given to write()
  std::optional<std::filesystem::path>
      audio_from;  ///< this file's sound, copied where the container can hold it
  std::int64_t audio_start =
      0;               ///< where timestamp 0 lies on the clock of `audio_from`, in ticks of time_base
  bool alpha = false;  ///< frames have straight (not premultiplied) alpha; for .mov and .webm
  bool overwrite = false;
  std::string comment;    ///< free text for the metadata (tool, version)
  void validate() const;  ///< Throws UsageError naming the field.
};

/// The size itself where players take H.264 of it, else the largest of the same shape that they do, its sides
/// even: level 5.1 (ITU-T H.264, A.3.1), which is 36,864 macroblocks of 16×16 pixels and 8688 pixels a side.
/// Level 5.2, of the same size, is what more than 26 of the largest pictures a second make of it.
cv::Size playable_size(cv::Size size);

/// Writes an H.264 yuv420p .mp4, .mov or .mkv, a VP9 .webm, a Motion JPEG .avi or an animated .gif; with
/// alpha a ProRes 4444 .mov or a VP9 .webm. All are marked as synthetic in their metadata (.mp4, .mov and
/// .gif in XMP). Timestamps are exact in .mp4 and .mov, rounded to milliseconds in .mkv and .webm, to
/// hundredths of a second in .gif and to the frame rate in .avi; frames for which that leaves no room are
/// left out, and a note says so. Sound that the container cannot hold is encoded again (AAC, in .webm Opus,
/// in .avi, which keeps no times, PCM), or left out when it cannot be decoded or, in .gif, held; a note says
/// so.
///
/// libav encodes and muxes: Debian's OpenCV 4.6 has a writer too, but ignores rate factor and preset and
/// knows one constant frame rate only. Colours are BT.601 and tagged so. x264's macroblock tree is off: x264
/// 0.164 reads memory for it that was never written, and the same pictures give another file now and then.
/// Without it B-frames cost more than they save, so there are none. The file is written beside the output and
/// renamed by commit(); without it nothing remains. Memory does not grow with the length of the video.
class VideoWriter {
 public:
  /// `size` is in pixels; an odd width or height loses its last column or row, but in ProRes and GIF.
  /// Throws OutputError when the place cannot be written, the name has another ending, or the file exists
  /// and overwrite is off; UsageError for options out of range; InputError for an unreadable `audio_from`.
  VideoWriter(const std::filesystem::path& path, cv::Size size, const VideoWriterOptions& options);
  ~VideoWriter();
  VideoWriter(VideoWriter&&) noexcept;
  VideoWriter& operator=(VideoWriter&&) noexcept;

  /// `image` is 8-bit BGR, with alpha BGRA, of the size given. Timestamps increase; the first one becomes the
  /// start of the output, and the audio is cut to begin there. Throws OutputError, for example when the disk
  /// is full. `duration`, in ticks, is how long the last frame is shown; 0 = 1 / frame_rate.
  void write(const cv::Mat& image, std::int64_t timestamp, std::int64_t duration = 0);

  /// Completes the file under its hidden name: last frame's duration, audio up to the end of the video,
  /// metadata, index in front. Throws OutputError, also when no frame was written.
  void finish();

  /// Gives the finished file its name. Throws OutputError.
  void commit();

  /// Sentences about what could not be kept, such as sound in a format that the container cannot hold.
  const std::vector<std::string>& notes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace reenact
