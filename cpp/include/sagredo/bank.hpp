// The bank: sub-programs in order of cost, one for each meaning (observational equivalence).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "sagredo/column_store.hpp"
#include "sagredo/hash_index.hpp"
#include "sagredo/operations.hpp"
#include "sagredo/semantics.hpp"

namespace sagredo {

using EntryId = std::uint32_t;
inline constexpr EntryId no_entry = std::numeric_limits<EntryId>::max();

// An operation and what it adds to a program's cost.
struct Production {
  Operation operation;
  std::uint32_t cost;
};

constexpr bool commutes(Operation operation) {
  return operation == Operation::add || operation == Operation::mul || operation == Operation::min ||
         operation == Operation::max;
}

template <Semantics S>
class Bank {
 public:
  using Scalar = typename S::Scalar;

  // For a leaf `left` is the operand of its instruction.
  struct Entry {
    Operation operation;
    EntryId left;
    EntryId right;
    std::uint32_t cost;
  };

  Bank(S semantics, std::vector<Production> productions, std::size_t capacity)
      : semantics_(std::move(semantics)),
        productions_(std::move(productions)),
        capacity_(capacity),
        values_(semantics_.rows()),
        scratch_(waiting_room * semantics_.rows()) {}

  const S& semantics() const { return semantics_; }
  const std::vector<Production>& productions() const { return productions_; }
  std::size_t size() const { return entries_.size(); }
  bool full() const { return entries_.size() >= capacity_; }
  void set_capacity(std::size_t capacity) { capacity_ = capacity; }
  const Entry& entry(EntryId id) const { return entries_[id]; }
  const Scalar* values(EntryId id) const { return values_[id]; }

  // The entries of exactly this cost.
  const std::vector<EntryId>& level(std::size_t cost) const {
    static const std::vector<EntryId> none;
    return cost < levels_.size() ? levels_[cost] : none;
  }
  std::size_t level_count() const { return levels_.size(); }

  // Every program cheaper than this has been enumerated.
  std::uint32_t frontier_cost() const { return level_; }

  // Leaves are added before the first step. False: unacceptable or known already.
  bool add_leaf(Operation operation, std::uint32_t operand, std::uint32_t cost, const Scalar* column) {
    std::copy(column, column + semantics_.rows(), scratch_.begin());
    const std::uint64_t key = semantics_.key(column);
    if (full() || find(key, scratch_.data())) return false;
    keep({operation, operand, no_entry, cost}, key, scratch_.data());
    return true;
  }

  // Compute one candidate and keep it if its meaning is new; the entry of that meaning, if it has one.
  std::optional<EntryId> add(Operation operation, EntryId left, EntryId right, std::uint32_t operation_cost) {
    compute(operation, left, right, operation_cost);
    return settle();
  }

  // The entry with the meaning of the column, if the bank has one.
  std::optional<EntryId> look_up(const Scalar* column) const { return find(semantics_.key(column), column); }

  // Go on enumerating in order of cost, for this many candidates at the most; the number computed.
  // It ends early when the bank is full or when no program costs more.
  std::size_t enumerate(std::size_t candidates) {
    std::size_t done = 0;
    while (done < candidates && !full()) {
      if (job_ < jobs_.size())
        done += run(jobs_[job_], candidates - done);
      else if (!next_level())
        break;
      settle();  // the next level combines what this one has filed
    }
    return done;
  }

  // The programs of an entry in postfix order.
  void append_code(EntryId id, std::vector<Instruction>& code) const {
    const Entry& entry = entries_[id];
    if (arity(entry.operation) == 0) {
      code.push_back({entry.operation, entry.left});
      return;
    }
    append_code(entry.left, code);
    if (arity(entry.operation) == 2) append_code(entry.right, code);
    code.push_back({entry.operation, 0});
  }

  std::size_t memory_bytes() const {
    return values_.memory_bytes() + entries_.capacity() * sizeof(Entry) + index_.memory_bytes();
  }

 private:
  // All pairs of two levels under one operation; position within them.
  struct Job {
    Production production;
    std::size_t left_level;
    std::size_t right_level;
    std::size_t i = 0;
    std::size_t j = 0;
  };

  // A candidate with its column in the scratch space, until it is known whether its meaning is new.
  struct Waiting {
    Entry entry;
    std::uint64_t key;
  };

  // Candidates are computed so many ahead, so that their places in the index arrive from memory in the meantime.
  static constexpr std::size_t waiting_room = 16;

  void compute(Operation operation, EntryId left, EntryId right, std::uint32_t operation_cost) {
    Scalar* column = scratch_.data() + waiting_.size() * semantics_.rows();
    if (!semantics_.apply(operation, values(left), right == no_entry ? nullptr : values(right), column)) return;
    const std::uint32_t cost =
        operation_cost + entries_[left].cost + (right == no_entry ? 0 : entries_[right].cost);
    waiting_.push_back({{operation, left, right, cost}, semantics_.key(column)});
    index_.prefetch(waiting_.back().key);
    if (waiting_.size() == waiting_room) settle();
  }

  // File those that wait, in order, as far as they are new and there is room; the entry of the last one's meaning.
  std::optional<EntryId> settle() {
    for (const Waiting& candidate : waiting_) prefetch_known(candidate.key);
    std::optional<EntryId> last;
    for (std::size_t k = 0; k < waiting_.size(); ++k) {
      const Scalar* column = scratch_.data() + k * semantics_.rows();
      last = find(waiting_[k].key, column);
      if (last) improve(*last, waiting_[k].entry);
      if (last || full()) continue;
      keep(waiting_[k].entry, waiting_[k].key, column);
      last = static_cast<EntryId>(entries_.size() - 1);
    }
    waiting_.clear();
    return last;
  }

  // Fetch the column that a candidate will be compared with. Inlined always, as a call without effects would be dropped.
  [[gnu::always_inline]] void prefetch_known(std::uint64_t key) const {
#if defined(__GNUC__)
    constexpr std::size_t cache_line_bytes = 64;
    EntryId known = no_entry;
    index_.find(key, [&](EntryId id) {
      known = id;
      return true;
    });
    if (known == no_entry) return;
    const char* bytes = reinterpret_cast<const char*>(values(known));
    for (std::size_t byte = 0; byte < semantics_.rows() * sizeof(Scalar); byte += cache_line_bytes)
      __builtin_prefetch(bytes + byte);
#endif
  }

  std::optional<EntryId> find(std::uint64_t key, const Scalar* column) const {
    std::optional<EntryId> known;
    index_.find(key, [&](EntryId id) {
      if (!semantics_.same(values(id), column)) return false;
      known = id;
      return true;
    });
    return known;
  }

  void keep(const Entry& entry, std::uint64_t key, const Scalar* column) {
    const auto id = static_cast<EntryId>(entries_.size());
    entries_.push_back(entry);
    values_.push_back(column);
    index_.insert(key, id);
    if (entry.cost >= levels_.size()) levels_.resize(entry.cost + 1);
    levels_[entry.cost].push_back(id);
  }

  // An entry that was filed ahead of its turn takes the cheaper program that enumeration finds for it.
  void improve(EntryId id, const Entry& entry) {
    Entry& known = entries_[id];
    if (entry.cost >= known.cost) return;
    std::erase(levels_[known.cost], id);
    known = entry;
    levels_[entry.cost].push_back(id);
  }

  bool next_level() {
    // Past the dearest entry plus the dearest way to combine two of them nothing can come.
    if (levels_.empty() || level_ > 2 * levels_.size() + dearest_production()) return false;
    ++level_;
    jobs_.clear();
    job_ = 0;
    for (const Production& production : productions_) {
      if (production.cost > level_) continue;
      const std::size_t rest = level_ - production.cost;
      if (arity(production.operation) == 1) {
        if (!level(rest).empty()) jobs_.push_back({production, rest, 0});
        continue;
      }
      for (std::size_t left = 0; left <= rest; ++left) {
        if (commutes(production.operation) && left > rest - left) break;
        if (!level(left).empty() && !level(rest - left).empty()) jobs_.push_back({production, left, rest - left});
      }
    }
    return true;
  }

  std::uint32_t dearest_production() const {
    std::uint32_t dearest = 0;
    for (const Production& production : productions_) dearest = std::max(dearest, production.cost);
    return dearest;
  }

  std::size_t run(Job& job, std::size_t candidates) {
    const auto [operation, cost] = job.production;
    std::size_t done = 0;
    if (arity(operation) == 1) {
      for (; job.i < levels_[job.left_level].size(); ++job.i, ++done) {
        if (done == candidates || full()) return done;
        compute(operation, levels_[job.left_level][job.i], no_entry, cost);
      }
      ++job_;
      return done;
    }
    const bool triangle = commutes(operation) && job.left_level == job.right_level;
    for (; job.i < levels_[job.left_level].size(); ++job.i) {
      if (triangle) job.j = std::max(job.j, job.i);
      for (; job.j < levels_[job.right_level].size(); ++job.j, ++done) {
        if (done == candidates || full()) return done;
        compute(operation, levels_[job.left_level][job.i], levels_[job.right_level][job.j], cost);
      }
      job.j = 0;
    }
    ++job_;
    return done;
  }

  S semantics_;
  std::vector<Production> productions_;
  std::size_t capacity_;
  std::vector<Entry> entries_;
  ColumnStore<Scalar> values_;
  std::vector<std::vector<EntryId>> levels_;
  HashIndex index_;
  std::vector<Scalar> scratch_;  // waiting_room columns
  std::vector<Waiting> waiting_;
  std::uint32_t level_ = 0;
  std::vector<Job> jobs_;
  std::size_t job_ = 0;
};

}  // namespace sagredo
