"""The ask/tell loop: which measurement is next, given all responses so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal, Self, final

import numpy as np

from sagredo.design.law_predictions import LawPredictor
from sagredo.design.planning import Designer
from sagredo.design.session_state import (
    Query,
    SessionState,
    checked_inputs,
    checked_query_number,
    checked_response,
    finite_number,
)
from sagredo.domain import registry
from sagredo.domain.domain import Domain
from sagredo.faces import rendering
from sagredo.faces.event_log import EventLog
from sagredo.faces.induce import induce
from sagredo.faces.result import Result
from sagredo.faces.session_settings import SessionSettings, checked_whole
from sagredo.language.language import SyntaxProblem
from sagredo.language.term import Program, parameter_count
from sagredo.problem.build import LEAST_ROWS, problem_from_arrays
from sagredo.problem.errors import InvalidInput

if TYPE_CHECKING:
    from sagredo.design.candidates import Constraint
    from sagredo.design.choice import Cost
    from sagredo.problem.problem import Problem

SCHEMA: Final = 1
"""The version of a session's file."""

LAWS_KEPT: Final = 16
"""Laws from which the next search starts."""

PLANNED_QUERIES: Final = 32
"""Queries for which designs that plan all of them at once (Latin hypercubes) make room."""


@final
class Session:
    """Asks for measurements one by one, or several at a time, and learns from the responses.

    ``inputs`` are the bounds of what can be measured; ``pool``, rows of input values in the same order, leaves only
    those. ``path`` is a file that every event is written to before the call that causes it returns, so that the
    session survives the end of the process at any moment (``Session.resume``); without it nothing is kept.
    ``cost`` and ``constraint`` take queries, an array of shape (points, inputs) and a mapping from inputs to values,
    and give what each costs and whether it can be measured; they are not kept in the file.

    The first queries fill the space. Later ones are chosen by ``acquisition``, by default the expected information
    ``about`` the program, joint (with its parameters) or prediction, looking ``steps`` ahead, after a search with
    ``effort`` and ``budget_seconds`` that starts from the laws known before.

    Raises:
        InvalidInput: an option is impossible, or the file is there already or can't be written.
    """

    _log: EventLog | None

    def __init__(
        self,
        inputs: Mapping[str, tuple[float, float]],
        target: str = "y",
        *,
        path: str | Path | None = None,
        pool: Sequence[Sequence[float]] | None = None,
        sigma: float | None = None,
        noise: str = "gaussian",
        domain: str | Domain = "expressions",
        acquisition: str = "information_gain",
        about: Literal["program", "joint", "prediction"] = "program",
        steps: int = 1,
        effort: str = "quick",
        budget_seconds: float | None = None,
        seed: int = 0,
        cost: Cost | None = None,
        constraint: Constraint | None = None,
    ) -> None:
        settings = SessionSettings(
            inputs={str(name): ends for name, ends in inputs.items()},
            target=target,
            domain=registry.domain(domain) if isinstance(domain, str) else domain,
            pool=pool,
            sigma=sigma,
            noise=noise,
            acquisition=acquisition,
            about=about,
            steps=steps,
            effort=effort,
            budget_seconds=budget_seconds,
            seed=seed,
        )
        self._begin(settings, cost, constraint)
        if path is not None:
            self._log = EventLog.create(Path(path), {"schema": SCHEMA, "session": settings.document()})

    def _begin(self, settings: SessionSettings, cost: Cost | None, constraint: Constraint | None) -> None:
        self.settings, self._cost = settings, cost
        self._space = settings.space(constraint)
        self.state = SessionState()
        self.notes: tuple[str, ...] = ()
        self._log = None
        self._result: tuple[int, Result] | None = None
        self._laws: list[dict[str, Any]] = []

    @classmethod
    def resume(
        cls, path: str | Path, *, cost: Cost | None = None, constraint: Constraint | None = None
    ) -> Session:
        """Go on with the session in a file; ``notes`` say what was lost of its last line, if anything.

        Raises:
            InvalidInput: the file is missing, damaged or no session, or is open elsewhere.
        """
        log = EventLog.open(Path(path))
        session = object.__new__(cls)
        try:
            header = log.events[0] if log.events else {}
            if header.get("schema") != SCHEMA or "session" not in header:
                raise InvalidInput(
                    f"The file {str(path)!r} must be a session of schema {SCHEMA}. Its first line says otherwise."
                )
            session._begin(SessionSettings.of(header["session"]), cost, constraint)
            for line, event in enumerate(log.events[1:], start=2):
                session._replay(line, event)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            log.close()
            if isinstance(error, InvalidInput):
                raise
            raise InvalidInput(
                f"The session {str(path)!r} must be whole. It is damaged: {error!r}."
            ) from error
        session._log = log
        if log.torn:
            session.notes = (
                "The last line of the session was cut off, and has been dropped. If it was a response, tell it again; "
                "a query or laws come again when they are asked for.",
            )
        return session

    def _replay(self, line: int, event: dict[str, Any]) -> None:
        """Let an event of the file happen, checked as if it were told now."""
        try:
            self._apply(_checked_event(event, self._space.names))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            why = error if isinstance(error, InvalidInput) else repr(error)
            raise InvalidInput(
                f"Every line of a session must be whole. Line {line} is damaged: {why}"
            ) from error

    def _apply(self, event: dict[str, Any]) -> None:
        if "asked" in event:
            self.state = self.state.ask(event["asked"], event["gain_nats"])
        elif "told" in event:
            self.state = self.state.tell(event["told"], event["response"])
        else:
            self._laws = list(event["laws"])

    def _record(self, *events: dict[str, Any]) -> None:
        """Write the events, then let them happen, so that what failed to be written did not happen."""
        if self._log is not None:
            self._log.append(*events)
        for event in events:
            self._apply(event)

    @property
    def pending(self) -> tuple[Query, ...]:
        """The queries without a response."""
        return self.state.pending

    @property
    def rows(self) -> tuple[tuple[Query, float], ...]:
        """The queries with their responses."""
        return self.state.answered

    def ask(self, count: int = 1) -> list[Query]:
        """The next queries, to be measured in any order.

        Raises:
            InvalidInput: count is no positive integer, or they can't be recorded.
            KeyboardInterrupt: Ctrl-C ended the search for laws; nothing was asked.
        """
        count = checked_whole("number of queries", count, 1)
        asked = len(self.state.queries)
        chosen = self._by_laws(asked, count)
        if chosen is None:
            rng = np.random.default_rng(self.settings.seed)
            chosen = [(point, None) for point in self._space.fill(rng, asked + count)[asked:]]
        names = self._space.names
        self._record(
            *(
                {"asked": dict(zip(names, map(float, point), strict=True)), "gain_nats": gain}
                for point, gain in chosen
            )
        )
        return list(self.state.queries[asked:])

    def _by_laws(self, asked: int, count: int) -> list[tuple[Any, float | None]] | None:
        """The best queries given the laws found; None while there are too few rows to look for any."""
        result = self.result() if len(self.rows) >= LEAST_ROWS + len(self._space.names) else None
        if result is not None and result.interrupted:
            raise KeyboardInterrupt
        if result is None or not result.posterior.programs:
            return None
        rule = self.settings.acquisition_rule()
        plan_rng = np.random.default_rng(self.settings.seed)
        designer = Designer(
            self._space,
            rule,
            rule.init(plan_rng, self._space, PLANNED_QUERIES),
            self._cost,
            self.settings.steps,
        )
        predictor = LawPredictor.of(result.posterior, result.predictive, result.problem)
        pending = [np.array([query.inputs[name] for name in self._space.names]) for query in self.pending]
        rng = np.random.default_rng([self.settings.seed, asked])
        chosen = designer.choose(rng, predictor, asked=asked, count=count, pending=pending)
        return [(choice.point, choice.gain) for choice in chosen]

    def tell(self, query: int | Query | Mapping[str, float], response: float) -> Query:
        """Learn the response to a query: one asked, by itself or its number, or one of the user's own, by its inputs.

        Raises:
            InvalidInput: the response is no number or came already, there is no such query, it lies outside the
                bounds, or it can't be recorded.
        """
        value = checked_response(response)
        if isinstance(query, Mapping):
            return self._tell_inputs(checked_inputs(query, self._space.names), value)
        number = checked_query_number(query.id if isinstance(query, Query) else query)
        if isinstance(query, Query) and dict(self.state.query(number).inputs) != dict(query.inputs):
            raise InvalidInput(f"Query {number} must be one that this session asked. Got that of another.")
        self.state.tell(number, value)  # What is impossible is said before anything is written.
        self._record({"told": number, "response": value})
        return self.state.query(number)

    def _tell_inputs(self, inputs: dict[str, float], value: float) -> Query:
        point = np.array(list(inputs.values()))
        low, high = (np.array(ends) for ends in zip(*self.settings.inputs.values(), strict=True))
        if not np.all((point >= low) & (point <= high)):
            bounds = ", ".join(f"{name} in {a:g}:{b:g}" for name, (a, b) in self.settings.inputs.items())
            given = ", ".join(f"{name}={x:g}" for name, x in inputs.items())
            raise InvalidInput(
                f"A query must lie within the declared bounds {bounds}. Got {given}. Begin a session with "
                "wider bounds to use it."
            )
        same = [query for query in self.pending if dict(query.inputs) == inputs]
        if same:
            self._record({"told": same[0].id, "response": value})
            return self.state.query(same[0].id)
        number = len(self.state.queries) + 1
        self._record({"asked": inputs, "gain_nats": None}, {"told": number, "response": value})
        return self.state.query(number)

    def problem(self) -> Problem:
        """The responses so far, as the problem of explaining them.

        Raises:
            InvalidInput: there are too few, or all are equal.
        """
        inputs = {name: [query.inputs[name] for query, _ in self.rows] for name in self._space.names}
        responses = [response for _, response in self.rows]
        if len(responses) < LEAST_ROWS:
            raise InvalidInput(
                f"A search must have at least {LEAST_ROWS} responses. Got {len(responses)}: ask, measure and tell."
            )
        columns = {name: np.array(values) for name, values in inputs.items()}
        return problem_from_arrays(
            columns,
            np.array(responses),
            target=self.settings.target,
            sigma=self.settings.sigma,
            noise=self.settings.noise,
        )

    def result(self) -> Result | None:
        """The laws of the responses so far; None while there are too few to look for one, or all are equal.

        The search is done once for the same responses, unless Ctrl-C ends it: then the result holds the best so far,
        and is not kept.
        """
        rows = len(self.rows)
        if self._result is not None and self._result[0] == rows:
            return self._result[1]
        if rows < LEAST_ROWS or len({response for _, response in self.rows}) < 2:
            return None
        problem, settings = self.problem(), self.settings
        result = induce(
            problem,
            domain=settings.domain,
            effort=settings.effort,
            budget_seconds=settings.budget_seconds,
            seed=settings.seed,
            start=self._known(problem),
        )
        if result.interrupted:
            return result
        self._result = (rows, result)
        best = result.posterior.programs[:LAWS_KEPT]
        self._record({"laws": [_law_document(result, law.score.program) for law in best]})
        return result

    def _known(self, problem: Problem) -> list[Program]:
        """The laws found before."""
        parse = self.settings.domain.language(problem).syntax.parse
        try:
            known = [
                Program(parse(law["template"]), tuple(map(float, law["parameters"]))) for law in self._laws
            ]
        except SyntaxProblem as error:
            raise InvalidInput(f"The laws of a session must be of its language. {error}") from error
        for law, program in zip(self._laws, known, strict=True):
            if parameter_count(program.term) != len(program.parameters):
                raise InvalidInput(f"The laws of a session must have all their parameters. Got {law!r}.")
        return known

    def close(self) -> None:
        """Let another process resume it."""
        if self._log is not None:
            self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Session {len(self.rows)} rows, {len(self.pending)} pending>"


def _law_document(result: Result, program: Program) -> dict[str, Any]:
    template = rendering.template_text(result.language, program)
    return {"template": template, "parameters": [float(value) for value in program.parameters]}


def _checked_event(event: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """An event of a file, refused where it could not have been written."""
    if "asked" in event:
        gain = event["gain_nats"]
        if gain is not None and finite_number(gain) is None:
            raise InvalidInput(f"A gain must be a finite number. Got {gain!r} instead.")
        return {"asked": checked_inputs(event["asked"], names), "gain_nats": gain}
    if "told" in event:
        return {"told": checked_query_number(event["told"]), "response": checked_response(event["response"])}
    for law in event["laws"]:
        if not isinstance(law["template"], str) or None in map(finite_number, law["parameters"]):
            raise InvalidInput(f"A law must have a template and finite parameters. Got {law!r} instead.")
    return event
