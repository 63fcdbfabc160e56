"""The predictives of a posterior over programs, linear in the parameters about their best values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo.design.predictions import JointDraws, LawPredictions
from sagredo.design.unmet_laws import UnmetLaws
from sagredo.language.term import Program
from sagredo.objective.normal_mixture import NormalMixture, mixed
from sagredo.posterior.predictive import Predictive
from sagredo.problem.errors import InvalidInput

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.posterior.posterior import Posterior, WeightedProgram
    from sagredo.problem.problem import Problem

MOST_LAWS: Final = 24
"""Laws that are told apart; the quadrature's work grows as their square, and the rest count as not met."""

LEAST_PROBABILITY: Final = 1e-4
"""Laws less probable than that, relative to the best, can't change a gain by more than 1e-3 nats: p log(1/p)."""

MOST_UNSEEN_MASS: Final = 0.999
"""However much may be unseen, so much less than all of it, or nothing could be asked about the laws seen."""

TINY: Final = float(np.finfo(float).tiny)
"""Stands for a probability of 0 where its logarithm is taken."""

DRAWS: Final = 128
"""Hypotheses by which information about predictions is judged."""


@final
@dataclass(frozen=True, eq=False)
class FittedLaw:
    """A law with the normal approximation of its parameters."""

    program: Program
    probability: float
    noise_deviation: float
    covariance: Float64[np.ndarray, "parameters parameters"]


@final
@dataclass(frozen=True, eq=False)
class LawPredictor:
    """Laws linear in their parameters ~ N(best, covariance), and those not met; satisfies ``Predictor``."""

    predictive: Predictive
    symbols: tuple[str, ...]
    laws: tuple[FittedLaw, ...]
    unseen_mass: float
    unmet_laws: UnmetLaws

    @classmethod
    def of(cls, posterior: Posterior, predictive: Predictive, problem: Problem) -> LawPredictor:
        """The predictor of a search's posterior, with the noise and the covariances of ``predictive``.

        After n rows the unseen mass is at least 1 / (n + 2), Laplace's rule of succession for the next row to be
        the first that no law seen explains.

        Raises:
            InvalidInput: the noise is not additive.
        """
        check_additive(predictive, problem)
        kept = _likeliest(posterior)
        unseen = max(posterior.unseen_mass or 0.0, 1.0 / (problem.row_count + 2))
        unseen = min(unseen, MOST_UNSEEN_MASS) if kept else 1.0
        laws = tuple(
            FittedLaw(
                law.score.program,
                (1 - unseen) * share,
                predictive.noise_deviation(law.score),
                predictive.covariance(law.score),
            )
            for law, share in kept
        )
        symbols = tuple(column.symbol for column in problem.inputs)
        noise = laws[0].noise_deviation if laws else float(np.std(np.asarray(problem.responses, dtype=float)))
        return cls(predictive, symbols, laws, unseen, UnmetLaws.of(problem, noise))

    def predictions(self, points: Float64[np.ndarray, "points inputs"]) -> LawPredictions:
        """The predictives of the laws at some queries."""
        mixtures, noises = [], []
        for law in self.laws:
            means, jacobian = self._linear(law, points)
            variances = np.einsum("qi,ij,qj->q", jacobian, law.covariance, jacobian)
            deviations = np.sqrt(law.noise_deviation**2 + np.maximum(variances, 0.0))
            there = np.isfinite(means) & np.isfinite(deviations)
            columns = (there.astype(float), np.where(there, means, 0.0), np.where(there, deviations, 1.0))
            mixtures.append(NormalMixture(*(column[:, np.newaxis] for column in columns)))
            noises.append(np.full((len(points), 1), law.noise_deviation))
        probabilities = np.array([law.probability for law in self.laws])
        nothing = NormalMixture(*np.zeros((3, len(points), 1)))
        seen = mixed(list(probabilities), mixtures) if mixtures else nothing
        broad = self.unmet_laws.response(points, seen)
        return LawPredictions(probabilities, tuple(mixtures), tuple(noises), self.unseen_mass, broad)

    def draws(
        self,
        rng: np.random.Generator,
        points: Float64[np.ndarray, "points inputs"],
        targets: Float64[np.ndarray, "targets inputs"],
    ) -> JointDraws:
        """Draws of laws with parameters, those without a value at a point at the others' mean there."""
        shares = np.array([law.probability for law in self.laws])
        chosen = rng.choice(len(shares), size=DRAWS, p=shares / shares.sum())
        together = np.concatenate([points, targets])
        outputs = np.empty((DRAWS, len(together)))
        for which, law in enumerate(self.laws):
            drawn = np.flatnonzero(chosen == which)
            means, jacobian = self._linear(law, together)
            outputs[drawn] = means
            if law.program.parameters:
                zero = np.zeros(len(law.covariance))
                errors = rng.multivariate_normal(zero, law.covariance, size=len(drawn), method="eigh")
                outputs[drawn] += errors @ jacobian.T
        outputs = np.where(np.isfinite(outputs), outputs, _mean_of_finite(outputs))
        noise = np.array([self.laws[which].noise_deviation for which in chosen])
        at_points, at_targets = outputs[:, : len(points)].T, outputs[:, len(points) :].T
        return JointDraws(np.full(DRAWS, 1 / DRAWS), at_points, at_targets, noise)

    def conditioned(self, point: Float64[np.ndarray, " inputs"], response: float) -> LawPredictor:
        """Probabilities by Bayes' theorem, parameters by the linear update (Kalman 1960)."""
        told = self.predictions(point[np.newaxis])
        whole = [*told.laws, *([] if told.broad is None else [told.broad])]
        prior = np.array([*(law.probability for law in self.laws), self.unseen_mass])
        densities = np.array([mixture.log_density(np.array([response]))[0] for mixture in whole])
        with np.errstate(divide="ignore"):
            log_weights = np.log(prior) + densities
        # A response that nothing predicts, not even in floating point, belongs to a law not met; those met keep their
        # shares of what is left.
        likely = np.isfinite(log_weights).any()
        unseen = float(np.exp(log_weights[-1] - np.logaddexp.reduce(log_weights))) if likely else 1.0
        unseen = min(unseen, MOST_UNSEEN_MASS) if self.laws else 1.0
        seen = log_weights[:-1] if np.isfinite(log_weights[:-1]).any() else np.log(prior[:-1] + TINY)
        shares = (1.0 - unseen) * np.exp(seen - np.logaddexp.reduce(seen)) if self.laws else seen
        laws = [self._updated(law, point, response) for law in self.laws]
        weighed = tuple(
            replace(law, probability=float(share)) for law, share in zip(laws, shares, strict=True)
        )
        return replace(self, laws=weighed, unseen_mass=unseen, unmet_laws=self.unmet_laws.after(point))

    def _updated(self, law: FittedLaw, point: Float64[np.ndarray, " inputs"], response: float) -> FittedLaw:
        means, jacobian = self._linear(law, point[np.newaxis])
        slope = jacobian[0]
        towards = law.covariance @ slope
        variance = law.noise_deviation**2 + float(slope @ towards)
        if not (np.isfinite(means[0]) and np.isfinite(variance)):
            return law
        step = towards / variance
        parameters = np.asarray(law.program.parameters) + step * (response - means[0])
        program = Program(law.program.term, tuple(map(float, parameters)))
        return replace(law, program=program, covariance=law.covariance - np.outer(step, towards))

    def _linear(
        self, law: FittedLaw, points: Float64[np.ndarray, "points inputs"]
    ) -> tuple[Float64[np.ndarray, " points"], Float64[np.ndarray, "points parameters"]]:
        return self.predictive.linear(law.program, self._inputs(points))

    def _inputs(
        self, points: Float64[np.ndarray, "points inputs"]
    ) -> dict[str, Float64[np.ndarray, " points"]]:
        return dict(zip(self.symbols, points.T, strict=True))


def check_additive(predictive: Predictive, problem: Problem) -> None:
    """Refuse responses that are not a law's value and noise of one deviation.

    Raises:
        InvalidInput: they are not.
    """
    if not predictive.additive:
        raise InvalidInput(
            "Queries can be chosen where the noise is additive, as gaussian or student_t noise is. Got "
            f"{problem.noise!r} noise: choose the queries yourself, and fit what they give."
        )


def _likeliest(posterior: Posterior) -> list[tuple[WeightedProgram, float]]:
    """The laws that are told apart, with their shares of the probability of all that are."""
    first = posterior.programs[:MOST_LAWS]
    if not first:
        return []
    # All probabilities underflow where next to everything is unseen; then the best law stands for those seen.
    least = LEAST_PROBABILITY * first[0].probability
    kept = [law for law in first if law.probability > least] or [first[0]]
    total = sum(law.probability for law in kept)
    return [(law, law.probability / total if total > 0 else 1.0) for law in kept]


def _mean_of_finite(outputs: Float64[np.ndarray, "draws points"]) -> Float64[np.ndarray, " points"]:
    there = np.isfinite(outputs)
    total = np.where(there, outputs, 0.0).sum(axis=0)
    return np.asarray(total / np.maximum(there.sum(axis=0), 1), dtype=float)
