#include "sagredo/library.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "sagredo/kernels.hpp"

namespace sagredo {
namespace {

// Sums of squares of larger values, or of the inverses of smaller ones, lose their precision or their range.
constexpr double largest = 1e50;

bool moderate(const double* column, std::size_t rows) {
  double most = 0.0;
  for (std::size_t i = 0; i < rows; ++i) {
    if (!(std::abs(column[i]) <= largest)) return false;
    most = std::max(most, std::abs(column[i]));
  }
  return most >= 1.0 / largest;
}

}  // namespace

Library::Library(const Bank<FloatColumns>& bank, const std::vector<EntryId>& entries, const Leaves& leaves)
    : rows_(leaves.rows) {
  std::unordered_map<EntryId, std::size_t> places;
  std::vector<double> left(rows_), right(rows_), column(rows_);
  const auto argument = [&](EntryId id, std::vector<double>& out) {
    const auto place = places.find(id);
    if (place == places.end()) return false;
    copy_column(place->second, out.data());
    return true;
  };
  for (const EntryId id : entries) {
    const auto& entry = bank.entry(id);
    switch (arity(entry.operation)) {
      case 0:
        if (entry.operation == Operation::variable)
          std::copy_n(leaves.inputs + entry.left * rows_, rows_, column.begin());
        else
          std::fill(column.begin(), column.end(), leaves.constants[entry.left]);
        break;
      case 1:
        if (!argument(entry.left, left)) continue;
        apply_unary(entry.operation, left.data(), column.data(), rows_);
        break;
      default:
        if (!argument(entry.left, left) || !argument(entry.right, right)) continue;
        apply_binary(entry.operation, left.data(), right.data(), column.data(), rows_);
    }
    if (!moderate(column.data(), rows_)) continue;
    places.emplace(id, size());
    append(id, entry.cost, column.data());
  }
}

Library::Library(const double* columns, const std::vector<std::uint32_t>& costs, std::size_t rows) : rows_(rows) {
  for (std::size_t k = 0; k < costs.size(); ++k)
    if (moderate(columns + k * rows, rows)) append(static_cast<EntryId>(k), costs[k], columns + k * rows);
}

Library Library::logarithms() const {
  Library result(rows_);
  std::vector<double> column(rows_);
  for (std::size_t place = 0; place < size(); ++place) {
    copy_column(place, column.data());
    if (std::find(column.begin(), column.end(), 0.0) != column.end()) continue;
    for (double& value : column) value = std::abs(value);
    apply_unary(Operation::log, column.data(), column.data(), rows_);
    result.append(ids_[place], costs_[place], column.data());
  }
  return result;
}

Library Library::subset(std::vector<EntryId> entries) const {
  std::sort(entries.begin(), entries.end());
  Library result(rows_);
  std::vector<double> column(rows_);
  for (std::size_t place = 0; place < size(); ++place) {
    if (!std::binary_search(entries.begin(), entries.end(), ids_[place])) continue;
    copy_column(place, column.data());
    result.append(ids_[place], costs_[place], column.data());
  }
  return result;
}

Library Library::beside(const Library& other) const {
  Library result(rows_);
  std::vector<double> column(rows_);
  for (const Library* library : {this, &other})
    for (std::size_t place = 0; place < library->size(); ++place) {
      library->copy_column(place, column.data());
      result.append(static_cast<EntryId>(result.size()), library->costs_[place], column.data());
    }
  return result;
}

Library Library::on_rows(const std::vector<std::size_t>& rows) const {
  Library result(rows.size());
  result.ids_ = ids_;
  result.costs_ = costs_;
  result.blocks_.reserve(block_count() * rows.size() * lanes);
  for (std::size_t b = 0; b < block_count(); ++b)
    for (const std::size_t row : rows)
      result.blocks_.insert(result.blocks_.end(), block(b) + row * lanes, block(b) + (row + 1) * lanes);
  return result;
}

void Library::copy_column(std::size_t place, double* out) const {
  const double* first = block(place / lanes) + place % lanes;
  for (std::size_t i = 0; i < rows_; ++i) out[i] = first[i * lanes];
}

void Library::append(EntryId id, std::uint32_t cost, const double* column) {
  const std::size_t lane = size() % lanes;
  if (lane == 0) blocks_.resize(blocks_.size() + rows_ * lanes, 0.0);
  double* last = blocks_.data() + blocks_.size() - rows_ * lanes + lane;
  for (std::size_t i = 0; i < rows_; ++i) last[i * lanes] = column[i];
  ids_.push_back(id);
  costs_.push_back(cost);
}

}  // namespace sagredo
