#pragma once

#include <Eigen/Core>

namespace reenact {

/// Minimises ½ xᵀHx + gᵀx subject to lower ≤ x ≤ upper (infinite bounds allowed), H symmetric
/// positive definite, n×n. Projected Newton with an active set found from the signs of the gradient
/// (Bertsekas, SIAM J. Control 1982; Tassa et al., ICRA 2014). Starts at the projection of 0.
Eigen::VectorXd solve_box_qp(const Eigen::MatrixXd& hessian, const Eigen::VectorXd& gradient,
                             const Eigen::VectorXd& lower, const Eigen::VectorXd& upper);

}  // namespace reenact
