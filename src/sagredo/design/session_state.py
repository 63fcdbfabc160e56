"""What a session has asked and been told: a value that each event makes anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from numbers import Real
from operator import index
from types import MappingProxyType
from typing import Any, final

from sagredo.problem.errors import InvalidInput


@final
@dataclass(frozen=True)
class Query:
    """One query: its number, the value of each input, and the nats its response was expected to tell.

    ``gain_nats`` is None where it was chosen to fill the space, or by the user.
    """

    id: int
    inputs: Mapping[str, float]
    gain_nats: float | None = None


@final
@dataclass(frozen=True)
class SessionState:
    """The queries asked, and the responses by the query's number in the order in which they came."""

    queries: tuple[Query, ...] = ()
    responses: Mapping[int, float] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def pending(self) -> tuple[Query, ...]:
        """The queries without a response."""
        return tuple(query for query in self.queries if query.id not in self.responses)

    @property
    def answered(self) -> tuple[tuple[Query, float], ...]:
        """The queries with their responses, in the order in which these came."""
        return tuple((self.query(number), response) for number, response in self.responses.items())

    def query(self, number: int) -> Query:
        """The query of this number.

        Raises:
            InvalidInput: there is none.
        """
        if not 1 <= number <= len(self.queries):
            raise InvalidInput(
                f"A response must be to a query that was asked. Got number {number}, and "
                f"{f'the numbers asked are 1 to {len(self.queries)}' if self.queries else 'none was asked yet'}."
            )
        return self.queries[number - 1]

    def ask(self, inputs: Mapping[str, float], gain_nats: float | None = None) -> SessionState:
        """One query more."""
        query = Query(len(self.queries) + 1, MappingProxyType(dict(inputs)), gain_nats)
        return replace(self, queries=(*self.queries, query))

    def tell(self, number: int, response: float) -> SessionState:
        """One response more, to any query that has none.

        Raises:
            InvalidInput: there is no such query, or it has a response.
        """
        self.query(number)
        if number in self.responses:
            raise InvalidInput(
                f"Each query must be answered once. Query {number} has the response {self.responses[number]:g} "
                f"already; got {response:g} as well. Tell a repeated measurement by its inputs."
            )
        return replace(self, responses=MappingProxyType({**self.responses, number: response}))


def finite_number(value: Any) -> float | None:
    """The value as a double; None where it is text, a truth value, or no finite number that a double can hold."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if isfinite(number) else None


def whole_number(value: Any) -> int | None:
    """The value as an integer; None where it is a truth value or of a type that has other numbers as well."""
    if isinstance(value, bool):
        return None
    try:
        return index(value)
    except TypeError:
        return None


def checked_query_number(number: Any) -> int:
    """The number of a query.

    Raises:
        InvalidInput: it is no integer.
    """
    checked = whole_number(number)
    if checked is None:
        raise InvalidInput(f"A query must be told by its number or its inputs. Got {number!r} instead.")
    return checked


def checked_response(response: Any) -> float:
    """A response as a number.

    Raises:
        InvalidInput: it is text, a truth value, or no finite number.
    """
    number = finite_number(response)
    if number is None:
        raise InvalidInput(f"A response must be a finite number. Got {response!r} instead.")
    return number


def checked_inputs(inputs: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, float]:
    """A value for each input, in their order.

    Raises:
        InvalidInput: names are missing or unknown, or a value is no finite number.
    """
    if set(inputs) != set(names):
        raise InvalidInput(
            f"A query must have a value for each of {', '.join(names)} and for nothing else. "
            f"Got {', '.join(map(str, inputs)) or 'none'} instead."
        )
    checked = {}
    for name in names:
        number = finite_number(inputs[name])
        if number is None:
            raise InvalidInput(f"The input {name!r} must be a finite number. Got {inputs[name]!r} instead.")
        checked[name] = number
    return checked
