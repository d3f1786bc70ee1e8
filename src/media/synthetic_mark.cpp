#include "reenact/media/synthetic_mark.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "reenact/files/markup.h"

namespace reenact {
std::string synthetic_xmp_packet(const std::string& tool_and_version) {
  return std::string("<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n") +
         "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
         " <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
         "  <rdf:Description rdf:about=\"\"\n"
         "    xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\"\n"
         "    xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\"\n"
         "    xmp:CreatorTool=\"" +
         escape_markup(tool_and_version) +
         "\"\n"
         "    Iptc4xmpExt:DigitalSourceType=\"" +
         digital_source_type +
         "\"/>\n"
         " </rdf:RDF>\n"
         "</x:xmpmeta>\n"
         "<?xpacket end=\"w\"?>";
}

void draw_synthetic_label(cv::Mat& image) {
  constexpr const char* label = "synthetic";
  constexpr int font = cv::FONT_HERSHEY_SIMPLEX;
  const double scale = std::max(0.3, std::min(image.cols, image.rows) / 900.0);
  const int thickness = std::max(1, cvRound(scale * 1.5));
  int baseline = 0;
  const cv::Size text = cv::getTextSize(label, font, scale, thickness, &baseline);
  const int margin = std::max(2, text.height / 2);
  const cv::Rect wanted(image.cols - text.width - 3 * margin,
                        image.rows - text.height - baseline - 2 * margin, text.width + 2 * margin,
                        text.height + baseline + margin);
  const cv::Rect box = wanted & cv::Rect(0, 0, image.cols, image.rows);
  cv::Mat background = image(box);
  if (image.channels() == 4) {
    background.forEach<cv::Vec4b>([](cv::Vec4b& pixel, const int*) {
      for (int c = 0; c < 3; ++c) pixel[c] = static_cast<uchar>(pixel[c] * pixel[3] / (2 * 255));
      pixel[3] = 255;
    });
  } else {
    background *= 0.5;
  }
  const cv::Point origin(wanted.x + margin, wanted.y + text.height + margin / 2);
  cv::putText(image, label, origin, font, scale, cv::Scalar::all(255), thickness, cv::LINE_AA);
}

}  // namespace reenact
