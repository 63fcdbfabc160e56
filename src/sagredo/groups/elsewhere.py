"""What the other groups say of the parameters that a group shares with them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sagredo.groups.shared_evidence import information_of
from sagredo.groups.sharing import Sharing
from sagredo.objective.objective import Score

if TYPE_CHECKING:
    from jaxtyping import Float64


def with_information_elsewhere(sharing: Sharing, score: Score, position: int) -> Score:
    """The score in one group, by ``position`` among the names, with the other groups' information on what is shared.

    It is sum_h ((C_h)_ss^-1 - prior's) over the groups h but this one, about the shared values, with C_h the covariance
    that group h's data leave its parameters.
    """
    own = score.parts[position]
    groups = sharing.groups_of(score) if score.shared else None
    if groups is None:
        return own
    index = list(score.shared)
    total: Float64[np.ndarray, "shared shared"] = np.sum(
        [information_of(group, index) for k, group in enumerate(groups) if k != position], axis=0
    )
    whole = np.zeros((len(own.program.parameters),) * 2)
    whole[np.ix_(index, index)] = total
    return replace(own, elsewhere=tuple(map(tuple, whole.tolist())))
