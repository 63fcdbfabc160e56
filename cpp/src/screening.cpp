#include "sagredo/screening.hpp"

#include <algorithm>
#include <cmath>

#include "sagredo/kernels.hpp"
#include "sagredo/parallel.hpp"

namespace sagredo {
namespace {

// Pieces of work: large enough to be worth a thread, and fixed, so that threads don't change the order of anything.
constexpr std::size_t piece_size = 8192;
// What is left of an entry after projection must be more than rounding errors.
constexpr double least_rest = 1e-7;
// A fit better than this is exact, and exact fits are told apart by cost alone.
constexpr double least_unexplained = 1e-24;

bool better(const Screened& a, const Screened& b) { return a.bits != b.bits ? a.bits < b.bits : a.entry < b.entry; }

void keep_best(std::vector<Screened>& found, std::size_t count) {
  if (found.size() <= count) return;
  std::nth_element(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(count), found.end(), better);
  found.resize(count);
}

}  // namespace

std::vector<Screened> screen(const Bank<FloatColumns>& bank, EntryId begin, EntryId end, const double* goal,
                             const Span& span, bool logarithmic, double bits_per_cost, std::size_t count,
                             std::size_t threads) {
  const std::size_t rows = bank.semantics().rows();
  std::vector<double> target(rows);
  const double target_norm = span.reduce(goal, target.data());
  if (!(target_norm > 0.0) || begin >= end) return {};

  const std::size_t pieces = (end - begin + piece_size - 1) / piece_size;
  std::vector<std::vector<Screened>> found(pieces);
  parallel_for(pieces, threads, [&](std::size_t piece) {
    std::vector<double> column(rows);
    std::vector<double> rest(rows);
    const EntryId first = begin + static_cast<EntryId>(piece * piece_size);
    const EntryId last = std::min<EntryId>(end, first + static_cast<EntryId>(piece_size));
    for (EntryId id = first; id < last; ++id) {
      const double* values = bank.values(id);
      if (logarithmic) {
        if (std::find(values, values + rows, 0.0) != values + rows) continue;
        for (std::size_t i = 0; i < rows; ++i) column[i] = std::abs(values[i]);
        apply_unary(Operation::log, column.data(), column.data(), rows);
        values = column.data();
      }
      const double norm = span.reduce(values, rest.data());
      if (!(norm > least_rest * std::sqrt(dot(values, values, rows)))) continue;
      const double correlation = dot(rest.data(), target.data(), rows) / (norm * target_norm);
      const double unexplained = std::max(1.0 - correlation * correlation, least_unexplained);
      const double bits =
          0.5 * static_cast<double>(rows) * std::log2(unexplained) + bits_per_cost * bank.entry(id).cost;
      found[piece].push_back({bits, id});
    }
    keep_best(found[piece], count);
  });
  std::vector<Screened> best;
  for (const auto& part : found) best.insert(best.end(), part.begin(), part.end());
  keep_best(best, count);
  std::sort(best.begin(), best.end(), better);
  return best;
}

}  // namespace sagredo
