"""How much posterior mass independent chains have not seen, by what each finds that the others did not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

Seen = TypeVar("Seen", bound=Hashable)


def unseen_mass_of_chains(chains: Sequence[Mapping[Seen, int]]) -> float:
    """The posterior mass that all chains but one have not visited, estimated by leaving each out in turn.

    ``chains`` count the visits of each to programs, or to meanings, once it has forgotten its start. With V_j what
    chain j visited, the estimate is the mean over chains i of the share of the visits of i outside the union of the
    V_j, j != i. Each visit has the posterior as its distribution and does not depend on the other chains, so that it is
    unbiased however much a chain remembers of itself; it is high for all chains together, which have seen more. Chains
    of one independent draw each make it Good's estimate, the share of the programs seen once (Good 1953).

    Raises:
        ValueError: there are fewer than two chains, or one has no visit.
    """
    counts = [{program: count for program, count in chain.items() if count > 0} for chain in chains]
    if len(counts) < 2 or not all(counts):
        raise ValueError(
            "The unseen mass must be estimated from at least two chains with visits. "
            f"Got {len(counts)} chains with {[sum(chain.values()) for chain in counts]} visits."
        )
    chains_with = Counter(program for chain in counts for program in chain)
    shares = (
        sum(count for program, count in chain.items() if chains_with[program] == 1) / sum(chain.values())
        for chain in counts
    )
    return sum(shares) / len(counts)
