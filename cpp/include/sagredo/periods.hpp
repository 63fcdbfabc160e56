// Where a parameter inside of a sine, cosine or tangent may start: the sum of squares has a minimum for every period.
#pragma once

#include <cstddef>
#include <span>

#include "sagredo/fit.hpp"

namespace sagredo {

// The value at which a parameter starts when nothing is known of it.
inline constexpr double unknown_start = 1.0;

// The best of the descents from the most promising periods; stop `undefined` and S infinite where there is none to try.
//
// Let u be the argument of a periodic function and kappa an unbounded parameter without a start on which u depends
// affinely. du/dkappa varies over the rows by R, so that kappa = pi k / R makes k half periods of them. S, as a function
// of kappa with amplitudes solved for, has its main minimum 4 pi / R wide (that of a periodogram: Lomb 1976), and so at
// least three of these steps, k = 0, 1, ..., lie in it. Each is evaluated, of both signs where u has other terms, and
// with a shift of a quarter of a period where u has a free phase; the best few are descended from. Of several such
// parameters one after the other is sought, the others staying where they are best; where others than period, phase and
// amplitudes move, all is done once more from there, since the first scan has them at a guess.
FitResult fit_periods(Fitter& fitter, const ProgramView& program, std::span<const double> start, const Columns& columns,
                      const Box& box, std::size_t iterations);

}  // namespace sagredo
