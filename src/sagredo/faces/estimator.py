"""Symbolic regression with the interface of scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from sagredo.faces.induce import MEMORY_GIB, check_budget, effort_of, induce

if TYPE_CHECKING:
    import sympy
    from jaxtyping import Float64

    from sagredo.domains.expressions.domain import Expressions
    from sagredo.faces.result import Result

_LARGEST_SEED = 2**31
"""Seeds are drawn from a random_state that is no number below this, as scikit-learn's own estimators do."""


class SymbolicRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """The law y = f(x) that explains the rows in the fewest bits.

    The score of a law is its description length L = L_code + L_rec in bits, parameters and noise integrated
    out; ``predict`` uses the most probable one. A row of sample weight w counts as w equal rows. A row where
    the law has no value (a logarithm of a negative number) is predicted as NaN.

    Parameters
    ----------
    effort : {"reflex", "quick", "normal", "deep"}, default="quick"
        How many work units to spend at most.
    budget_seconds : float, default=None
        A ceiling on the time of ``fit``. With it the law may depend on the speed of the machine.
    operators : sequence of str, default=None
        The allowed primitives, such as ``("add", "mul", "exp")``; None for the default set.
    constants : mapping of str to float, default=None
        Named constants such as ``{"g": 9.81}``.
    forbidden_nestings : sequence of str, default=()
        Nestings that no law may have, such as ``"exp(exp)"``.
    maximum_size : int, default=None
        The largest number of nodes of a law; None for the default.
    form : str, default=None
        A form of the law with parameters and holes, such as ``"A*exp(-f(x0)/T)"``.
    starts, bounds : mapping, default=None
        Start values, and (low, high) ranges, of the form's parameters.
    initial_programs : sequence of str, default=()
        Laws to start from.
    units : mapping of str to str, default=None
        Units of the columns by name (of the target: ``y``), which rule out laws of impossible dimension.
    noise : {"gaussian", "student_t", "poisson", "bernoulli", "binomial", "auto"}, default="gaussian"
        The noise of the target. Of ``poisson`` the law is the mean count, of ``bernoulli`` and ``binomial`` it is the
        log-odds of success, and ``predict`` gives the probability. ``auto`` weighs the laws found under each of
        the likelihoods that the responses may have, and keeps that of the shortest message.
    sigma : float, default=None
        The known standard deviation of the target's errors; None to infer it.
    random_state : int, RandomState instance or None, default=0
        The seed of the search; None draws a new one at every fit.
    n_jobs : int, default=None
        Threads; None or -1 for all cores. The law does not depend on it.
    memory_gib : float, default=2.0
        The memory that a search may take, GiB.

    Attributes
    ----------
    result_ : Result
        All programs found, with their probabilities.
    expression_ : str
        The best law as text, in the names of the features.
    n_features_in_ : int
        The number of features seen by ``fit``.
    feature_names_in_ : ndarray of str
        The names of the features, where ``fit`` got a frame.
    """

    def __init__(
        self,
        *,
        effort: str = "quick",
        budget_seconds: float | None = None,
        operators: Sequence[str] | None = None,
        constants: Mapping[str, float] | None = None,
        forbidden_nestings: Sequence[str] = (),
        maximum_size: int | None = None,
        form: str | None = None,
        starts: Mapping[str, float] | None = None,
        bounds: Mapping[str, tuple[float, float]] | None = None,
        initial_programs: Sequence[str] = (),
        units: Mapping[str, str] | None = None,
        noise: str = "gaussian",
        sigma: float | None = None,
        random_state: Any = 0,
        n_jobs: int | None = None,
        memory_gib: float = MEMORY_GIB,
    ) -> None:
        self.effort = effort
        self.budget_seconds = budget_seconds
        self.operators = operators
        self.constants = constants
        self.forbidden_nestings = forbidden_nestings
        self.maximum_size = maximum_size
        self.form = form
        self.starts = starts
        self.bounds = bounds
        self.initial_programs = initial_programs
        self.units = units
        self.noise = noise
        self.sigma = sigma
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.memory_gib = memory_gib

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        trials: Any = None,
        covariance: Any = None,
        censored: Any = None,
        groups: Any = None,
    ) -> SymbolicRegressor:
        """Find the law of ``y``.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The inputs.
        y : array-like of shape (n_samples,)
            The target.
        sample_weight : array-like of shape (n_samples,), default=None
            Multiplicities: a row of weight 2 is two equal rows, one of weight 0 is left out.
        trials : array-like of shape (n_samples,), default=None
            The trials of which ``y`` counts the successes, under ``binomial`` noise.
        covariance : array-like of shape (n_samples, n_samples), default=None
            The known covariance of the errors of ``y``, in the place of ``sigma``.
        censored : array-like of shape (n_samples,), default=None
            -1 where the response is known to be less than ``y``, 1 where it is more, 0 where it was measured.
        groups : array-like of shape (n_samples,), default=None
            The group of each row, by a number or a name: the law has one form for all groups, and parameters of its
            own in each.

        Returns
        -------
        self : SymbolicRegressor
            The fitted estimator.

        Raises
        ------
        InvalidInput
            A parameter, or the data, can't be used.
        """
        from sagredo.problem.build import problem_from_arrays

        self._check_parameters()
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=3)
        weights = None
        if sample_weight is not None:
            weights = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        problem = problem_from_arrays(
            X,
            np.asarray(y, dtype=np.float64),
            input_names=self._feature_names(),
            sigma=self.sigma,
            weights=weights,
            trials=trials,
            covariance=covariance,
            censored=censored,
            groups=groups,
            units=self.units or {},
            noise=self.noise,
            reserved=tuple(self.constants or ()),
        )
        self.result_: Result = induce(
            problem,
            domain=self._domain(),
            effort=effort_of(self.effort, threads=self._threads(), memory_gib=self.memory_gib),
            budget_seconds=self.budget_seconds,
            seed=self._seed(),
        )
        self.expression_: str = self.result_.expression
        return self

    def score(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> float:
        """The coefficient of determination of the predictions, R^2; ``groups`` as for :meth:`predict`."""
        from sklearn.metrics import r2_score

        return float(r2_score(y, self.predict(X, groups=groups), sample_weight=sample_weight))

    def predict(
        self, X: Any, return_std: bool = False, groups: Any = None
    ) -> Float64[np.ndarray, " n_samples"] | tuple[Float64[np.ndarray, " n_samples"], ...]:
        """The mean response under the best law and, if asked for, the standard deviations of new responses.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The inputs.
        return_std : bool, default=False
            Whether to return standard deviations as well. They are of the predictive distribution, in which all
            laws are mixed by their probabilities, and hold noise, parameters and the choice of the law.
        groups : array-like of shape (n_samples,), default=None
            The group of each row, where ``fit`` was given groups.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            The predictions; NaN where the law has no value.
        y_std : ndarray of shape (n_samples,)
            The standard deviations. Only returned if ``return_std`` is true.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        values = np.asarray(self.result_.values(X, groups=groups), dtype=np.float64)
        if not return_std:
            return values
        return values, self.result_.predict(X, groups=groups).standard_deviation

    def to_sympy(self) -> sympy.Expr:
        """The best law as a SymPy expression."""
        check_is_fitted(self)
        return self.result_.to_sympy()

    def to_latex(self) -> str:
        """The best law as LaTeX."""
        check_is_fitted(self)
        return self.result_.to_latex()

    def to_python(self) -> str:
        """The best law as the source of a Python function over NumPy arrays."""
        check_is_fitted(self)
        return self.result_.to_python()

    def _feature_names(self) -> list[str]:
        names = getattr(self, "feature_names_in_", None)
        return (
            [f"x{k}" for k in range(self.n_features_in_)] if names is None else [str(name) for name in names]
        )

    def _domain(self) -> Expressions:
        from sagredo.domains.expressions.domain import Expressions

        given: dict[str, Any] = {
            "operators": None if self.operators is None else tuple(self.operators),
            "constants": self.constants,
            "forbidden_nestings": tuple(self.forbidden_nestings),
            "maximum_size": self.maximum_size,
            "form": self.form,
            "starts": self.starts,
            "bounds": self.bounds,
            "initial_programs": tuple(self.initial_programs),
        }
        return Expressions(**{name: value for name, value in given.items() if value is not None})

    def _seed(self) -> int:
        if isinstance(self.random_state, int | np.integer):
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(_LARGEST_SEED))

    def _threads(self) -> int | None:
        return None if self.n_jobs in (None, -1) else self.n_jobs

    def _check_parameters(self) -> None:
        """Refuse parameters of the wrong type before anything is computed.

        Raises
        ------
        InvalidInput
            One of them can't be used.
        """
        from sagredo.problem.errors import InvalidInput

        for name in ("operators", "forbidden_nestings", "initial_programs"):
            if isinstance(getattr(self, name), str):
                raise InvalidInput(
                    f"The {name!r} parameter of SymbolicRegressor must be a sequence of str. "
                    f"Got the str {getattr(self, name)!r} instead."
                )
        for name in ("budget_seconds", "sigma"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, Real)):
                raise InvalidInput(
                    f"The {name!r} parameter of SymbolicRegressor must be a float or None. "
                    f"Got {value!r} instead."
                )
        check_budget(self.budget_seconds)
