"""The types of the native core; the bindings in ``cpp/bindings`` say what each function does."""

from collections.abc import Sequence
from typing import final

import numpy as np
from numpy.typing import NDArray

_Codes = NDArray[np.int32]
_Offsets = NDArray[np.int64]
_Reals = NDArray[np.float64]
_Residues = NDArray[np.uint32]

_Productions = Sequence[tuple[int, int]]
_Instructions = list[tuple[int, int]]
_Steps = list[tuple[int, int, int]]

OPERATION_CODES: dict[str, int]
SHAPES: tuple[str, ...]
AHEAD: int

def evaluate(
    code: _Codes,
    offsets: _Offsets,
    constants: _Reals,
    parameters: _Reals,
    columns: _Reals,
    threads: int = 1,
) -> _Reals: ...
def trace(code: _Codes, constants: _Reals, parameters: _Reals, columns: _Reals) -> _Reals: ...
def jacobians(
    code: _Codes, constants: _Reals, parameters: _Reals, columns: _Reals
) -> tuple[_Reals, _Reals]: ...
def forward_jacobian(code: _Codes, constants: _Reals, parameters: _Reals, columns: _Reals) -> _Reals: ...
def rounding_bound(code: _Codes, constants: _Reals, parameters: _Reals, columns: _Reals) -> _Reals: ...
def fit(
    code: _Codes,
    constants: _Reals,
    start: _Reals,
    columns: _Reals,
    responses: _Reals,
    weights: _Reals,
    inverse_sigmas: _Reals,
    lower: _Reals,
    upper: _Reals,
    iterations: int,
    starts: int,
    seed: int,
    degrees_of_freedom: float,
    scale: float,
) -> tuple[_Reals, float, int, int, _Reals]: ...
def fit_batch(
    code: _Codes,
    offsets: _Offsets,
    constants: _Reals,
    parameter_offsets: _Offsets,
    starts: _Reals,
    columns: _Reals,
    responses: _Reals,
    weights: _Reals,
    inverse_sigmas: _Reals,
    iterations: int,
    threads: int = 1,
) -> tuple[_Reals, _Reals]: ...
def log_marginal_likelihood(
    heavy_tails: bool,
    lower: float,
    upper: float,
    sigmas: _Reals,
    residuals: _Reals,
    bins: _Reals,
    weights: _Reals,
    jacobian: _Reals,
    log_prior_density: _Reals,
) -> tuple[float, float, _Reals]: ...
def pursue(
    library: Library,
    goals: _Reals,
    weights: _Reals,
    bits: _Reals,
    span_columns: _Reals,
    terms: int,
    beam: int,
    bits_per_cost: float,
    bits_per_coefficient: float,
    threads: int = 1,
) -> list[tuple[float, float, int, list[int]]]: ...
def nearest(
    library: Library,
    goals: _Reals,
    weights: _Reals,
    kept: int,
    bits_per_cost: float,
    bits_per_coefficient: float,
    threads: int = 1,
) -> list[tuple[int, int, float]]: ...
def least_squares(designs: _Reals, values: _Reals, weights: _Reals) -> _Reals: ...
def left_beside(beside: _Reals, values: _Reals, weights: _Reals, columns: _Reals) -> _Reals: ...

@final
class Library:
    def __init__(self, bank: Bank, entries: Sequence[int], inputs: _Reals, constants: _Reals) -> None: ...
    @staticmethod
    def of_columns(columns: _Reals, costs: Sequence[int]) -> Library: ...
    def logarithms(self) -> Library: ...
    @property
    def rows(self) -> int: ...
    def subset(self, entries: Sequence[int]) -> Library: ...
    def beside(self, other: Library) -> Library: ...
    def __len__(self) -> int: ...
    def entry(self, place: int) -> int: ...
    def on_rows(self, rows: Sequence[int]) -> Library: ...
    def columns(self, places: Sequence[int]) -> _Reals: ...

@final
class Responses:
    @staticmethod
    def recorded(
        responses: _Reals,
        bins: _Reals,
        weights: _Reals,
        heavy_tails: bool,
        lower: float,
        upper: float,
        sigmas: _Reals,
        sides: _Reals,
    ) -> Responses: ...
    @staticmethod
    def correlated(responses: _Reals, bins: _Reals, factor: _Reals) -> Responses: ...
    @staticmethod
    def poisson(counts: _Reals, weights: _Reals) -> Responses: ...
    @staticmethod
    def binomial(successes: _Reals, trials: _Reals, weights: _Reals) -> Responses: ...

@final
class RecordedColumns:
    def __init__(
        self,
        columns: _Reals,
        responses: Responses,
        target_magnitude: float,
        declared_magnitudes: _Reals,
    ) -> None: ...
    def score(
        self,
        code: _Codes,
        offsets: _Offsets,
        constants: _Reals,
        parameter_offsets: _Offsets,
        starts: _Reals,
        threads: int = 1,
        box: _Reals | None = None,
    ) -> tuple[_Reals, _Reals, _Reals, _Reals, _Reals]: ...

@final
class Bank:
    def __init__(self, rows: int, productions: _Productions, capacity: int) -> None: ...
    def __len__(self) -> int: ...
    @property
    def full(self) -> bool: ...
    @property
    def frontier_cost(self) -> int: ...
    @property
    def memory_bytes(self) -> int: ...
    @property
    def level_count(self) -> int: ...
    def set_capacity(self, entries: int) -> None: ...
    def add_leaf(self, operation: int, operand: int, cost: int, column: _Reals) -> bool: ...
    def add(self, operation: int, left: int, right: int = 0) -> int: ...
    def find(self, column: _Reals) -> int: ...
    def enumerate(self, candidates: int) -> int: ...
    def level(self, cost: int) -> list[int]: ...
    def cost(self, entry: int) -> int: ...
    def code(self, entry: int) -> _Instructions: ...
    def values(self, entry: int) -> list[float]: ...

@final
class Backward:
    def __init__(
        self,
        bank: Bank,
        inputs: _Reals,
        target: _Reals,
        entry_count: int,
        goal_capacity: int,
        pair_cost: int,
        pair_library: Sequence[int],
        factors: Sequence[int],
    ) -> None: ...
    @property
    def exhausted(self) -> bool: ...
    @property
    def frontier_cost(self) -> int: ...
    @property
    def goal_count(self) -> int: ...
    @property
    def monomials(self) -> list[tuple[int, int]]: ...
    def step(
        self, work_units: int, threads: int = 1, most_hits: int = 1000
    ) -> tuple[int, list[tuple[_Steps, int, int, int, list[float], int]]]: ...

@final
class ModularBank:
    def __init__(self, rows: int, prime: int, productions: _Productions, capacity: int) -> None: ...
    def __len__(self) -> int: ...
    @property
    def full(self) -> bool: ...
    @property
    def frontier_cost(self) -> int: ...
    @property
    def memory_bytes(self) -> int: ...
    @property
    def level_count(self) -> int: ...
    def set_capacity(self, entries: int) -> None: ...
    def add_leaf(self, operation: int, operand: int, cost: int, column: _Residues) -> bool: ...
    def add(self, operation: int, left: int, right: int = 0) -> int: ...
    def find(self, column: _Residues) -> int: ...
    def enumerate(self, candidates: int) -> int: ...
    def level(self, cost: int) -> list[int]: ...
    def cost(self, entry: int) -> int: ...
    def code(self, entry: int) -> _Instructions: ...
    def values(self, entry: int) -> list[int]: ...

@final
class ModularBackward:
    def __init__(self, bank: ModularBank, target: _Residues, goal_capacity: int) -> None: ...
    @property
    def exhausted(self) -> bool: ...
    @property
    def frontier_cost(self) -> int: ...
    @property
    def goal_count(self) -> int: ...
    def step(
        self, work_units: int, threads: int = 1, most_hits: int = 1000
    ) -> tuple[int, list[tuple[_Steps, int, int, int, list[int], int]]]: ...
