"""What a result with groups says of rows of several: each row is answered by its group's own result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sagredo.faces.prediction import PredictedLaw, Prediction
from sagredo.groups.elsewhere import with_information_elsewhere
from sagredo.groups.sharing import Sharing
from sagredo.objective.response_mixture import Mixture
from sagredo.posterior.posterior import Posterior
from sagredo.posterior.predictive import LawPrediction, laws_that_count
from sagredo.problem.errors import InvalidInput
from sagredo.problem.groups import Groups, group_problem, labels_of

if TYPE_CHECKING:
    from jaxtyping import Float64, Int64

    from sagredo.faces.result import Result


def result_in_group(result: Result, name: str) -> Result:
    """The result as it is in one group: its rows, and every law with the parameters that it has there.

    Raises:
        InvalidInput: the result has no groups, or none of this name.
    """
    groups = result.problem.groups
    if groups is None:
        raise InvalidInput(
            f"A result must be of data in groups for one to be chosen. Got the group {name!r} of a result without: "
            "fit with group= (--group)."
        )
    problem = group_problem(result.problem, name)
    position = groups.names.index(name)
    sharing = _sharing(result)
    count = laws_that_count(result.posterior) if result.posterior.programs else 0
    programs = tuple(
        replace(
            weighted,
            score=with_information_elsewhere(sharing, weighted.score, position)
            if k < count and sharing is not None
            else weighted.score.parts[position],
        )
        for k, weighted in enumerate(result.posterior.programs)
    )
    objective = result.domain.objective(problem, result.language)
    posterior = Posterior(programs, result.posterior.unseen_mass, objective.null_bits)
    return replace(result, problem=problem, posterior=posterior, noise_bits=None)


def _sharing(result: Result) -> Sharing | None:
    """What knows of the laws' shared parameters; None where no law has any."""
    if any(weighted.score.shared for weighted in result.posterior.programs):
        return Sharing(result.domain, result.problem)
    return None


def groups_of_rows(known: Groups | None, table: Any, rows: int, groups: Any = None) -> Groups | None:
    """The group of each row of a table: ``groups``, one for all or one a row, or else the column of that name.

    None where the data had no groups.

    Raises:
        InvalidInput: there is neither, there are not as many as rows, or one is of no group of the data.
    """
    if known is None:
        if groups is not None:
            raise InvalidInput(
                "Groups must go with a law that was fitted in groups. Got some for one that was not: leave them out, "
                "or fit with group= (--group)."
            )
        return None
    if groups is None:
        has_columns = isinstance(table, Mapping) or hasattr(table, "columns")
        names = [] if not has_columns else list(table if isinstance(table, Mapping) else table.columns)
        if known.column not in names:
            raise InvalidInput(
                f"Rows must say which group they are of, since parameters differ between groups. Got no column "
                f"{known.column!r}: add it, or give groups=."
            )
        groups = np.asarray(table[known.column])
    labels = labels_of([groups] * rows if np.ndim(groups) == 0 else np.asarray(groups).tolist())
    if len(labels) != rows:
        raise InvalidInput(f"There must be a group for each of {rows} rows. Got {len(labels)} instead.")
    if None in labels:
        raise InvalidInput(
            f"Every row must say which group it is of. Got none in row {labels.index(None) + 1} of the column "
            f"{known.column!r}: fill it in, or leave the row out."
        )
    named = tuple(label for label in labels if label is not None)
    known.require(dict.fromkeys(named))
    return Groups(known.column, named)


def values_by_group(
    result: Result, inputs: Mapping[str, Any], groups: Groups
) -> Float64[np.ndarray, " rows"]:
    """The best law's values, with the parameters of each row's group."""
    values = np.full(len(groups.labels), np.nan)
    for name in groups.names:
        rows = groups.rows_of(name)
        values[rows] = result.group(name).values(_rows(inputs, rows))
    return values


def prediction_by_group(
    result: Result,
    inputs: Mapping[str, Any],
    groups: Groups,
    predict: Callable[[Result, Mapping[str, Any], Any], Prediction],
    sigma: Float64[np.ndarray, " rows"] | None,
) -> Prediction:
    """The predictions of all rows, each by ``predict(group's result, inputs, sigma)``, in the rows' own order."""
    places = [np.flatnonzero(groups.rows_of(name)) for name in groups.names]
    parts = [
        predict(result.group(name), _rows(inputs, rows), None if sigma is None else sigma[rows])
        for name, rows in zip(groups.names, places, strict=True)
    ]
    order: Int64[np.ndarray, " rows"] = np.argsort(np.concatenate(places), kind="stable")
    first = parts[0]
    laws = tuple(
        PredictedLaw(
            result.law_text(result.posterior.programs[k]),
            law.probability,
            _laws_of_rows([part.laws[k].prediction for part in parts], order),
        )
        for k, law in enumerate(first.laws)
    )
    abstentions = [part.abstention for part in parts if part.abstention is not None]
    abstention = None
    if abstentions:
        agreement = np.concatenate([part.agreement for part in abstentions])[order]
        # The prior of the law is that of the form in all groups, with what is shared.
        code_bits = result.best.score.code_bits
        abstention = replace(abstentions[0], agreement=agreement, best_code_bits=code_bits)
    return Prediction(
        first.levels,
        _of_rows([part.response for part in parts], order),
        _of_rows([part.value for part in parts], order),
        laws,
        first.unseen_mass,
        abstention,
    )


def _rows(inputs: Mapping[str, Any], rows: Any) -> dict[str, Any]:
    return {symbol: np.asarray(values)[rows] for symbol, values in inputs.items()}


def _laws_of_rows(parts: Sequence[LawPrediction], order: Int64[np.ndarray, " rows"]) -> LawPrediction:
    """What one law says of the rows of all groups; its effective share is the least of theirs."""
    shares = [part.laplace_share for part in parts if part.laplace_share is not None]
    sampled = [
        np.zeros(len(part.fitted), dtype=bool) if part.sampled is None else part.sampled for part in parts
    ]
    return LawPrediction(
        np.concatenate([part.fitted for part in parts])[order],
        _of_rows([part.value for part in parts], order),
        _of_rows([part.response for part in parts], order),
        min(shares, default=None),
        np.concatenate(sampled)[order] if any(part.sampled is not None for part in parts) else None,
    )


def _of_rows(parts: Sequence[Mixture], order: Int64[np.ndarray, " rows"]) -> Mixture:
    """The distributions of all rows, in the rows' own order."""
    return parts[0].followed_by(parts[1:]).rows(order)
