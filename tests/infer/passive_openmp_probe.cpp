// Restarts itself with passive OpenMP waits and prints its arguments. Run with OMP_DISPLAY_ENV=TRUE, OpenMP
// prints the policy that it uses itself.
#include <iostream>

#include "reenact/infer/device.h"

int main(int argc, char** argv) {
  reenact::restart_with_passive_openmp(argv);
  for (int i = 1; i < argc; ++i) std::cout << '[' << argv[i] << "]\n";
}
