from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from sagredo.faces.bench.peers.peer import Peer
from sagredo.faces.bench.rivals import MODELS, BaggedPeer, GaussianProcess, rival
from sagredo.problem.errors import InvalidInput


def test_a_gaussian_process_knows_a_smooth_curve_and_its_noise_and_not_what_lies_beyond() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, (60, 1))
    responses = 1e3 + 50 * np.sin(x[:, 0]) + 2.0 * rng.standard_normal(60)
    new = np.array([[0.5], [-1.0], [30.0]])
    predicted = GaussianProcess().predict(x, responses, new, seed=0)
    np.testing.assert_allclose(predicted.mean[:2], 1e3 + 50 * np.sin(new[:2, 0]), atol=3.0)
    assert np.all((predicted.standard_deviation[:2] > 1.5) & (predicted.standard_deviation[:2] < 3.0))
    assert predicted.standard_deviation[2] > 10
    again = GaussianProcess().predict(x, responses, new, seed=0)
    np.testing.assert_array_equal(again.mean, predicted.mean)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_models_of_a_peer_are_mixed_with_the_noise_of_rows_they_have_not_seen(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(1)
    inputs = rng.uniform(0, 1, (50, 2))
    responses = 2 * inputs[:, 0] + 0.1 * rng.standard_normal(50)
    asked: list[int] = []

    def mean_of_sample(self: Peer, rows: Any, known: Any, fresh: Any, budget: float, seed: int) -> Any:
        asked.append(len(np.unique(known)))
        assert budget == pytest.approx(60.0 / MODELS[name])
        predictions = (2 * fresh[:, 0] + known.mean() - 2 * rows[:, 0].mean()).tolist()
        return {"expression": "x0", "predictions": [*predictions[:-1], None]}

    monkeypatch.setattr(Peer, "answer", mean_of_sample)
    new = np.array([[0.5, 0.0], [0.9, 1.0], [0.1, 0.1]])
    predicted = BaggedPeer(Peer(name, Path("python")), 60.0).predict(inputs, responses, new, seed=0)
    assert len(asked) == MODELS[name]
    assert (min(asked) < 40) == (MODELS[name] > 1)
    np.testing.assert_allclose(predicted.mean[:2], [1.0, 1.8], atol=0.1)
    np.testing.assert_allclose(predicted.standard_deviation[:2], 0.1, rtol=0.4)
    assert predicted.defined.tolist() == pytest.approx([1.0, 1.0, 0.0])
    density = predicted.log_density(np.array([1.0, 1.8, 0.2]))
    assert density[0] == pytest.approx(norm.logpdf(1.0, 1.0, 0.1), abs=0.8)
    assert density[2] == -np.inf


def test_an_unknown_rival_is_refused() -> None:
    with pytest.raises(InvalidInput, match="--against must be gp"):
        rival("astrology", Path("python"), 1.0)
    with pytest.raises(InvalidInput, match="--peer-python"):
        rival("operon", Path("/nowhere/python"), 1.0)
