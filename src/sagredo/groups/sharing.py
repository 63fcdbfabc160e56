"""Which parameters of a law are the same in all groups: those for which that makes the message shorter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite, log
from typing import TYPE_CHECKING, Final, Protocol, final, runtime_checkable

import numpy as np

from sagredo.domain.domain import Domain
from sagredo.groups.domain import Grouped, group_problems
from sagredo.groups.shared_evidence import GroupParameters, SharedParameters, shared_parameters
from sagredo.language.term import Parameter, Program, Term, Variable, substitute
from sagredo.objective.objective import Score
from sagredo.posterior.predictive import predictive_of
from sagredo.problem.column import Column
from sagredo.problem.errors import InvalidInput
from sagredo.problem.problem import Problem
from sagredo.search.driver import NEGLIGIBLE_BITS, SearchResult
from sagredo.search.unseen import unseen_bits

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.objective.parameter_posterior import ParameterPosterior

LAWS_TRIED: Final = 50
"""Laws of a search, the best first, whose parameters are tried as shared. One from further back would have to save by
it what all before it do not, and each trial looks at every group's posterior."""

LOOKS: Final = 500
"""Looks at a group's posteriors, a law at a time, after which no further law is tried: some seconds."""

LEAST_TRIED: Final = 5
"""Laws that are tried however many groups there are."""


@runtime_checkable
class ParametricPredictive(Protocol):
    """Predictive distributions of laws with parameters, which say what the data tell of them."""

    def parameters(self, program: Program) -> ParameterPosterior | None:
        """What the data say of a program's parameters about those that it has."""

    def log_prior_density(
        self, program: Program, parameters: Float64[np.ndarray, "draws parameters"]
    ) -> Float64[np.ndarray, "draws parameters"]:
        """log p_j(kappa_j), nats, of each draw."""


def with_shared_parameters(domain: Domain, problem: Problem, found: SearchResult) -> SearchResult:
    """What a search in groups found, each law with the parameters shared that make its message shorter.

    Raises:
        InvalidInput: the domain has no predictive distributions under this problem's likelihood.
    """
    sharing = Sharing(domain, problem)
    count = min(LAWS_TRIED, max(LEAST_TRIED, LOOKS // len(group_problems(problem))))
    tried, moved = found.meanings[:count], []
    best_bits = tried[0].score.description_length_bits if tried else 0.0
    for meaning in tried:
        score = sharing.best_of(meaning.score, best_bits)
        best_bits = min(best_bits, score.description_length_bits)
        moved.append(meaning.with_score(score))
    meanings = sorted(
        (*moved, *found.meanings[count:]), key=lambda meaning: meaning.score.description_length_bits
    )
    unseen = unseen_bits(Grouped(domain), problem)(meanings[0].score) if meanings else found.unseen_bits
    return replace(found, meanings=tuple(meanings), unseen_bits=unseen)


@final
class Sharing:
    """Tries the parameters of scored laws as shared, one after the other, while that saves bits.

    All subsets are too many. Which to add is decided by the groups' posteriors
    (:func:`~sagredo.groups.shared_evidence.shared_parameters`); then the others are fitted anew in every group with the
    shared ones in place, and the bits are counted from there.
    """

    def __init__(self, domain: Domain, problem: Problem) -> None:
        self._domain = domain
        self._objective = Grouped(domain).objective(problem, domain.language(problem))
        self._parts = group_problems(problem)
        self._predictives = [_parametric(domain, part) for part in self._parts]
        self._whole = _parametric(domain, replace(problem, groups=None))

    def best_of(self, score: Score, best_bits: float) -> Score:
        """The score with the parameters shared that save bits; as it is where none do.

        ``best_bits`` are those of the best law so far: one that the posteriors leave ``NEGLIGIBLE_BITS`` behind it is
        not fitted anew.
        """
        groups = self.groups_of(score)
        if groups is None:
            return score
        shared: tuple[int, ...] = ()
        chosen: SharedParameters | None = None
        while True:
            trials = [
                (trial.log_factor, (*shared, k), trial)
                for k in range(len(score.program.parameters))
                if k not in shared and (trial := self._trial(score, groups, (*shared, k))) is not None
            ]
            best = max(trials, key=lambda trial: trial[0], default=None)
            if best is None or best[0] <= (0.0 if chosen is None else chosen.log_factor):
                break
            _, shared, chosen = best
        if chosen is None:
            return score
        if score.description_length_bits - chosen.log_factor / log(2) > best_bits + NEGLIGIBLE_BITS:
            return score
        told = self._refitted(score, shared, chosen)
        return told if told.description_length_bits < score.description_length_bits else score

    def groups_of(self, score: Score) -> list[GroupParameters] | None:
        """What each group says of the law's parameters; None where one can't, or there is nothing to share."""
        if len(score.parts) < 2 or not score.program.parameters:
            return None
        groups = []
        for predictive, part in zip(self._predictives, score.parts, strict=True):
            posterior = predictive.parameters(part.program)
            if posterior is None:
                return None
            fitted = np.array(part.program.parameters)
            log_prior = predictive.log_prior_density(part.program, fitted[np.newaxis])[0]
            groups.append(GroupParameters(fitted, log_prior, posterior))
        return groups

    def _trial(
        self, score: Score, groups: Sequence[GroupParameters], shared: tuple[int, ...]
    ) -> SharedParameters | None:
        """The parameters ``shared`` as one, their prior being that given the rows of all groups."""
        index = list(shared)
        others = np.mean([group.fitted for group in groups], axis=0)

        def log_prior(values: Float64[np.ndarray, " shared"]) -> Float64[np.ndarray, " shared"]:
            parameters = others.copy()
            parameters[index] = values
            program = replace(score.program, parameters=tuple(parameters.tolist()))
            return self._whole.log_prior_density(program, parameters[np.newaxis])[0, index]

        return shared_parameters(groups, shared, log_prior)

    def _refitted(self, score: Score, shared: tuple[int, ...], found: SharedParameters) -> Score:
        """The score with the shared parameters at their best values and the others fitted to them.

        L_rec = sum_g L_rec(group g, given s) - log_occam / log 2.
        """
        parts = tuple(
            self._part(k, part, _Fixed(shared, found, slopes))
            for k, (part, slopes) in enumerate(zip(score.parts, found.slopes, strict=True))
        )
        told = self._objective.together(score.program, parts)
        data_bits = told.data_bits - found.log_occam / log(2)
        return replace(told, data_bits=data_bits, shared=tuple(sorted(shared)))

    def _part(self, position: int, part: Score, fixed: _Fixed) -> Score:
        """One group's score given the shared parameters, which enter as columns of one value."""
        problem = self._parts[position]
        taken = {column.symbol for column in (*problem.inputs, problem.target)}
        symbols = [_free_symbol(f"shared{k}", taken) for k in fixed.shared]
        columns = [
            Column(symbol, symbol, np.full(problem.row_count, value))
            for symbol, value in zip(symbols, fixed.found.values.tolist(), strict=True)
        ]
        wider = replace(problem, inputs=(*problem.inputs, *columns))
        places: dict[Term, Term] = {
            Parameter(k): Variable(symbol) for k, symbol in zip(fixed.shared, symbols, strict=True)
        }
        start = Program(substitute(part.program.term, places), fixed.start(part))
        score = self._domain.objective(wider, self._domain.language(wider)).score(start)
        return fixed.completed(part, score)


@final
@dataclass(frozen=True, eq=False)
class _Fixed:
    """Parameters that are held at their shared values, and how those of one group follow them."""

    shared: tuple[int, ...]
    found: SharedParameters
    slopes: Float64[np.ndarray, "parameters shared"]

    def start(self, part: Score) -> tuple[float, ...]:
        """Where the fit of the others begins: where the group's posterior has its mean given the shared ones."""
        values = np.array(part.program.parameters)
        moved = values + self.slopes @ (self.found.values - values[list(self.shared)])
        return tuple(np.where(np.isfinite(moved), moved, values).tolist())

    def completed(self, part: Score, score: Score) -> Score:
        """The score of the group's own program, shared parameters and their errors included.

        The variance of a separate parameter is that given the shared ones, and what it follows of theirs.
        """
        if not isfinite(score.data_bits):
            return replace(score, program=part.program, code_bits=part.code_bits)
        values, errors = np.array(score.program.parameters), np.array(score.standard_errors)
        followed = np.einsum("ps,st,pt->p", self.slopes, self.found.covariance, self.slopes)
        errors = np.hypot(errors, np.sqrt(followed))
        index = list(self.shared)
        values[index] = self.found.values
        errors[index] = np.sqrt(np.diag(self.found.covariance))
        program = replace(part.program, parameters=tuple(values.tolist()))
        return replace(
            score, program=program, code_bits=part.code_bits, standard_errors=tuple(errors.tolist())
        )


def _parametric(domain: Domain, problem: Problem) -> ParametricPredictive:
    predictive = predictive_of(domain, problem)
    if not isinstance(predictive, ParametricPredictive):
        raise InvalidInput(
            "A domain must say what the data tell of its laws' parameters for them to be shared between groups. Got "
            f"{domain.name!r}, which does not."
        )
    return predictive


def _free_symbol(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name
