from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from sagredo.faces.bench.peers import worker


def operation(name: str, arity: int) -> SimpleNamespace:
    return SimpleNamespace(name=name, arity=arity)


def test_a_prefix_program_is_written_with_all_digits_and_its_protections() -> None:
    program = [
        operation("sub", 2),
        operation("mul", 2),
        1 / 3,
        operation("sqrt", 1),
        0,
        operation("div", 2),
        -0.5,
        operation("exp", 1),
        np.int64(1),
    ]
    assert worker._infix(program) == "(((0.3333333333333333)*sqrt(abs(x0))) - ((-0.5)/exp(x1)))"


def test_what_the_peer_finds_is_ready_for_json(monkeypatch) -> None:
    found = (0.0, "x0", np.array([1.0, np.nan, np.inf]))
    monkeypatch.setitem(worker.PEERS, "operon", (lambda task: found, True))
    answer = worker.run({"peer": "operon", "cores": 2, "fresh_inputs": [[1.0]] * 3})
    assert answer == {"expression": "x0", "predictions": [1.0, None, None]}
