from __future__ import annotations

import pickle
from functools import partial

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import estimator_checks_generator

from sagredo import SymbolicRegressor
from sagredo.problem.errors import InvalidInput


def name_of(check):
    return check.func.__name__ if isinstance(check, partial) else check.__name__


# check_array_api_input is about arrays of other libraries, and needs a setting made before SciPy's import.
CHECKS = [
    check
    for _, check in estimator_checks_generator(SymbolicRegressor(effort="reflex"))
    if name_of(check) != "check_array_api_input"
]


@pytest.mark.parametrize("check", CHECKS, ids=name_of)
def test_scikit_learn_conventions(check):
    check(SymbolicRegressor(effort="reflex"))


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = rng.uniform(1, 5, (30, 2))
    return X, X[:, 0] * X[:, 1]


@pytest.fixture(scope="module")
def fitted(data):
    return SymbolicRegressor(effort="reflex").fit(*data)


def test_a_product_is_found(fitted, data):
    assert fitted.score(*data) > 0.999
    assert {str(symbol) for symbol in fitted.to_sympy().free_symbols} == {"x0", "x1"}
    assert fitted.expression_ == fitted.result_.expression


def test_standard_deviations_go_with_the_values_and_grow_beyond_the_data():
    rng = np.random.default_rng(1)
    X = np.linspace(0, 4, 20)[:, np.newaxis]
    noisy = SymbolicRegressor(effort="reflex").fit(X, np.round(3 * X[:, 0] + rng.normal(0, 0.3, 20), 2))
    values, deviations = noisy.predict(np.array([[2.0], [40.0]]), return_std=True)
    np.testing.assert_array_equal(values, noisy.predict(np.array([[2.0], [40.0]])))
    assert 0.15 < deviations[0] < 1.0
    assert deviations[1] > deviations[0]


def test_pickles_in_memory(fitted, data):
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict(data[0]), fitted.predict(data[0]))


def test_pipeline_and_cross_validation(data):
    model = make_pipeline(FunctionTransformer(), SymbolicRegressor(effort="reflex"))
    assert cross_val_score(model, *data, cv=3).min() > 0.99


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_frames_give_names_to_the_symbols(frame, data):
    X, y = data
    table = frame({"length": X[:, 0], "the width": X[:, 1]})
    model = SymbolicRegressor(effort="reflex").fit(table, y)
    assert list(model.feature_names_in_) == ["length", "the width"]
    assert {str(symbol) for symbol in model.to_sympy().free_symbols} == {"length", "the_width"}
    assert model.score(table, y) > 0.999


def test_weights_are_multiplicities(data):
    X, y = data
    noisy = y + np.random.default_rng(1).normal(0, 0.1, len(y))
    weights = np.arange(len(y)) % 3
    weighted = SymbolicRegressor(effort="reflex").fit(X, noisy, sample_weight=weights)
    repeated = SymbolicRegressor(effort="reflex").fit(
        np.repeat(X, weights, axis=0), np.repeat(noisy, weights)
    )
    np.testing.assert_allclose(weighted.predict(X), repeated.predict(X), rtol=1e-6)


def test_a_row_without_a_value_is_nan():
    x = np.linspace(1, 9, 25)[:, None]
    model = SymbolicRegressor(effort="reflex", operators=("log",)).fit(x, np.log(x[:, 0]))
    predicted = model.predict(np.array([[2.0], [-2.0]]))
    assert predicted[0] == pytest.approx(np.log(2.0))
    assert np.isnan(predicted[1])


def test_parameters_are_kept_as_given_and_cloned():
    parameters = {"operators": ["add", "mul"], "constants": {"g": 9.81}, "maximum_size": 7}
    model = clone(SymbolicRegressor(**parameters))
    assert {name: model.get_params()[name] for name in parameters} == parameters


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"effort": "huge"}, "must be one of reflex, quick, normal, deep. Got 'huge' instead"),
        ({"operators": "add"}, "The 'operators' parameter of SymbolicRegressor must be a sequence of str"),
        ({"operators": ("frobnicate",)}, "frobnicate"),
        ({"budget_seconds": 0}, "must be a positive number of seconds"),
        (
            {"budget_seconds": "long"},
            "The 'budget_seconds' parameter of SymbolicRegressor must be a float or None",
        ),
        ({"sigma": -1.0}, "must be positive"),
        ({"noise": "pink"}, "pink"),
        ({"n_jobs": 0}, "threads must be at least 1"),
        ({"memory_gib": -1.0}, "positive number of GiB"),
        ({"units": {"none": "m"}}, "'none'"),
    ],
)
def test_unusable_parameters(parameters, sentence, data):
    with pytest.raises(InvalidInput, match=sentence):
        SymbolicRegressor(**{"effort": "reflex"} | parameters).fit(*data)


def test_predict_needs_a_fit(data):
    with pytest.raises(NotFittedError):
        SymbolicRegressor().predict(data[0])
