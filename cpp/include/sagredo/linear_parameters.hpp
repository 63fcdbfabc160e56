// Which parameters does a program depend on affinely?
#pragma once

#include <cstddef>
#include <vector>

#include "sagredo/program.hpp"

namespace sagredo {

// Indices S such that y = f_0 + sum_{s in S} kappa_s phi_s, with f_0 and phi_s free of all kappa in S, as far as the
// structure of the program shows it. Of parameters that multiply one another the first is taken; those for which
// `excluded` is true are not.
std::vector<std::size_t> linear_parameters(const ProgramView& program, const std::vector<char>& excluded);

}  // namespace sagredo
