// Which entry of a bank is the goal up to an affine map?
#pragma once

#include <optional>

#include "sagredo/bank.hpp"
#include "sagredo/hash_index.hpp"
#include "sagredo/semantics.hpp"

namespace sagredo {

template <Semantics S>
class AffineMatcher {
 public:
  using Scalar = typename S::Scalar;

  struct Match {
    EntryId entry;
    AffineMap<Scalar> map;
  };

  // File the entries that came since the last call; of one direction only the first, which is the cheapest.
  void extend(const Bank<S>& bank) {
    for (; seen_ < bank.size(); ++seen_) {
      const auto keys = bank.semantics().affine_keys(bank.values(seen_));
      if (!keys) continue;
      const auto cheaper = [&](EntryId known) { return bank.entry(known).cost <= bank.entry(seen_).cost; };
      if (!index_.find(keys->home, cheaper)) index_.insert(keys->home, seen_);
    }
  }

  // The cheapest of the entries that match.
  std::optional<Match> find(const Bank<S>& bank, const Scalar* goal) const {
    const auto keys = bank.semantics().affine_keys(goal);
    if (!keys) return std::nullopt;
    std::optional<Match> match;
    const auto visit = [&](EntryId id) {
      if (match && bank.entry(match->entry).cost <= bank.entry(id).cost) return false;
      if (const auto map = bank.semantics().affine_map(goal, bank.values(id))) match = Match{id, *map};
      return false;
    };
    index_.find(keys->home, visit);
    if (keys->neighbour != keys->home) index_.find(keys->neighbour, visit);
    return match;
  }

  std::size_t memory_bytes() const { return index_.memory_bytes(); }

 private:
  HashIndex index_;
  EntryId seen_ = 0;
};

}  // namespace sagredo
