#include "reenact/animate/motion_strength.h"

#include <utility>

#include "reenact/core/error.h"

namespace reenact {

void MotionStrength::validate() const {
  for (const auto& [part, value] : {std::pair("mouth", mouth), std::pair("eyes", eyes),
                                    std::pair("brows", brows), std::pair("pose", pose)}) {
    if (value >= 0 && value <= greatest_strength) continue;
    throw UsageError(std::string("--strength of ") + part + " must lie between 0 and " +
                     std::to_string(static_cast<int>(greatest_strength)));
  }
}

Eigen::VectorXd expression_strengths(const MotionStrength& strength,
                                     const std::vector<std::string>& expression_names) {
  Eigen::VectorXd strengths(static_cast<Eigen::Index>(expression_names.size()));
  for (std::size_t i = 0; i < expression_names.size(); ++i) {
    const std::string& name = expression_names[i];
    strengths(static_cast<Eigen::Index>(i)) = name.rfind("brow", 0) == 0  ? strength.brows
                                              : name.rfind("eye", 0) == 0 ? strength.eyes
                                                                          : strength.mouth;
  }
  return strengths;
}

}  // namespace reenact
