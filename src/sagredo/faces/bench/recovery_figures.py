"""The figures of a benchmark whose tasks each look for one known law."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from typing import Any, Final

from sagredo.faces.bench.benchmark import Table, text
from sagredo.faces.bench.intervals import paired_difference, share
from sagredo.faces.bench.journal import Record

REGRET_TOLERANCE_BITS: Final = 1.0
"""Less than this is a matter of spelling, not of search."""

ROUNDING_BITS: Final = 0.01
"""Two spellings of one law may differ by so much where they are equally short: no program is told by it."""

CLEAR_MARGIN_BITS: Final = 5.0
"""A law that beats every known rival by so much is one that the rows determine: odds of 32 to 1."""

CLAIM: Final = 0.95
"""The probability from which an answer counts as claimed."""


def line(record: Record) -> str:
    """Name, verdict, seconds, regret and the program."""
    peer = record.get("peer")
    beside = f"  ({peer['name']}: {_verdict(peer)}, {peer['seconds']:.1f} s)" if peer else ""
    return (
        f"{record['name']:<10} {_verdict(record):<10} {text(record.get('seconds'), '.1f'):>6} s  "
        f"regret {text(record.get('regret_bits'), '+.1f'):>8} bits  "
        f"p {text(record.get('probability'), '.3f')}  "
        f"{record['failure'] or record.get('expression', '')}{beside}"
    )


def summary(records: Sequence[Record]) -> dict[str, Any]:
    """Counts of right answers, of regret and of justified claims, and the times.

    A claim that is not the law but shorter than it is the rows' fault and counted apart. Shares of claims come
    with the Wilson interval of 95%.
    """
    claims = [r for r in records if (r.get("probability") or 0.0) >= CLAIM]
    seconds = [r["seconds"] for r in records if r.get("seconds") is not None]
    total = len(records)
    figures = {
        "exact": f"{_count(records, lambda r: r['exact'])} of {total}",
        "right_form": f"{_count(records, lambda r: r['right_form'])} of {total}",
        "failures": sum(bool(r["failure"]) for r in records),
        "regret_at_most_0_bits": f"{_without_regret(records, 0.0)} of {total}",
        "regret_at_most_1_bit": f"{_without_regret(records, REGRET_TOLERANCE_BITS)} of {total}",
        "another_form_in_fewer_bits_than_the_law": f"{_count(records, is_shorter)} of {total}",
        "right_when_probability_is_at_least_0.95": share(_count(claims, is_right), len(claims)),
        "right_or_shorter_than_the_law_when_probability_is_at_least_0.95": share(
            _count(claims, lambda r: is_right(r) or is_shorter(r)), len(claims)
        ),
        "median_seconds": round(median(seconds), 2) if seconds else None,
        "longest_seconds": round(max(seconds), 2) if seconds else None,
    }
    if any(r["noise"] > 0 for r in records):
        clear = [r for r in records if _margin(r) >= CLEAR_MARGIN_BITS]
        figures["right_form_where_the_law_beats_every_rival_by_5_bits"] = share(
            _count(clear, lambda r: r["right_form"]), len(clear)
        )
    answered = [r["log_score_gap_nats"] for r in records if "log_score_gap_nats" in r]
    gaps = [gap for gap in answered if gap is not None]
    figures["median_held_out_log_score_gap_nats"] = float(f"{median(gaps):.3g}") if gaps else None
    figures["answers_without_a_value_on_some_fresh_row"] = len(answered) - len(gaps)
    peaks = [r["peak_memory_bytes"] for r in records if r.get("peak_memory_bytes") is not None]
    figures["peak_memory_gib"] = round(max(peaks) / 2**30, 2) if peaks else None
    return figures | _peer_figures(records)


def _peer_figures(records: Sequence[Record]) -> dict[str, Any]:
    """Beside a peer: its counts, and how much more often ours is right, with Newcombe's interval of 95%."""
    compared = [r for r in records if r.get("peer")]
    if not compared:
        return {}
    name = compared[0]["peer"]["name"]
    theirs = [r["peer"] for r in compared]
    seconds = [r["seconds"] for r in theirs]
    difference, low, high = paired_difference([(is_right(r), is_right(r["peer"])) for r in compared])
    return {
        f"{name}_exact": f"{_count(theirs, lambda r: r['exact'])} of {len(theirs)}",
        f"{name}_right_form": f"{_count(theirs, lambda r: r['right_form'])} of {len(theirs)}",
        f"{name}_failures": sum(bool(r["failure"]) for r in theirs),
        f"{name}_median_seconds": round(median(seconds), 2),
        f"share_right_less_that_of_{name}": f"{difference:+.3f} ({low:+.3f} to {high:+.3f})",
    }


def table(records: Sequence[Record]) -> Table:
    """One row a law and seed."""
    headers = (
        "law",
        "seed",
        "exact",
        "right form",
        "relative error",
        "seconds",
        "stop",
        "probability",
        "regret, bits",
        "beats rivals by, bits",
        "log score gap, nats",
    )
    peers = {r["peer"]["name"] for r in records if r.get("peer")}
    return Table(
        (*headers, *peers, "best program"),
        tuple(
            (
                r["name"],
                str(r["seed"]),
                "yes" if r["exact"] else "no",
                "yes" if r["right_form"] else "no",
                text(r.get("relative_error"), ".1e"),
                text(r.get("seconds"), ".1f"),
                r.get("stop_reason", "-"),
                text(r.get("probability"), ".3f"),
                text(r.get("regret_bits"), "+.1f"),
                text(r.get("truth_beats_rivals_by_bits"), "+.1f"),
                text(r.get("log_score_gap_nats"), "+.3f"),
                *(_verdict(r["peer"]) for _ in peers),
                f"`{r['expression']}`" if r.get("expression") else r["failure"] or "-",
            )
            for r in records
        ),
    )


def _verdict(record: Record) -> str:
    if record["failure"]:
        return "failed"
    if record["exact"]:
        return "exact"
    return "right form" if record["right_form"] else "missed"


def _count(records: Sequence[Record], holds: Callable[[Record], bool]) -> int:
    return sum(map(holds, records))


def is_right(record: Record) -> bool:
    """Whether the answer is the law."""
    return bool(record["right"])


def _without_regret(records: Sequence[Record], most_bits: float) -> int:
    return _count(records, lambda record: has_regret_of_at_most(record, most_bits))


def has_regret_of_at_most(record: Record, most_bits: float) -> bool:
    """Whether there is an answer, and its regret is at most so much, rounding apart."""
    regret = record.get("regret_bits")
    return regret is not None and regret <= most_bits + ROUNDING_BITS


def is_shorter(record: Record) -> bool:
    """Whether the answer is another form, and shorter than the law."""
    regret = record.get("regret_bits")
    return regret is not None and regret < -ROUNDING_BITS and not record["right_form"]


def beats_rivals(record: Record) -> bool:
    """Whether the law is shorter than every program of another form that is known: the limit of recovery.

    Where it is not, no search that ranks by these bits can return the law, however long it looks.
    """
    return _margin(record) > 0.0


def beats_constant(record: Record) -> bool:
    """Whether the law is shorter than the best program that ignores the inputs.

    Where it is not, the law cannot be learned at all: the transition of Fajardo-Fontiveros et al. (2023).
    """
    truth, null = record.get("truth_bits"), record.get("null_bits")
    return truth is not None and null is not None and truth < null


def _margin(record: Record) -> float:
    margin = record.get("truth_beats_rivals_by_bits")
    return float("-inf") if margin is None else float(margin)
