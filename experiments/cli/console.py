"""What the program says: results on stdout (one JSON document with `--json`), everything else on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from il2sim.experiments.study import formats, store
from il2sim.experiments.study.against_control import against_twin
from il2sim.experiments.study.execute import Outcome, plain
from il2sim.experiments.study.passport import Comparison
from il2sim.experiments.study.results import Results
from il2sim.experiments.study.runs import Tally

RECORD_KEYS = "run_id config_hash seed version result_digest digest endpoints ledger timing"


@dataclass(frozen=True)
class Voice:
    """Where to say what. `quiet` leaves warnings and errors; `as_json` leaves one document on stdout."""

    err: Console
    quiet: bool = False
    as_json: bool = False

    def say(self, text: str) -> None:
        """Tell a person how things stand."""
        if text and not self.quiet:
            self.err.print(text)

    def warn(self, text: str) -> None:
        """Tell a person what went wrong, quiet or not."""
        self.err.print(text)

    def document(self, content: dict[str, Any]) -> None:
        """The one JSON document."""
        print(json.dumps(plain({formats.KEY: formats.DOCUMENT} | content), allow_nan=False))

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
        """A table on stdout, as wide as it needs to be where nobody watches."""
        if self.quiet:
            return
        out = console(sys.stdout)
        table = Table(*heads, title=title or None, box=None, pad_edge=False)
        for row in rows:
            table.add_row(*row)
        out.print(table)

    def run(self, out: Path, results: Results) -> None:
        """The end of `run`."""
        from il2sim.experiments.report.blood_levels import OWN_IL2

        row = results.table[results.table["arm"] != "twin"].iloc[0]
        found = store.record(out, row["run_id"])
        twin_id = results.twin_of(row)
        twin = store.record(out, twin_id)["endpoints"] if twin_id else None
        compared = against_twin(found["endpoints"], twin or {})
        if self.as_json:
            document = {key: found[key] for key in RECORD_KEYS.split()}
            beside = {} if twin is None else {"twin": twin, "against_twin": compared}
            self.document(document | beside)
            return
        rows = [
            (name, shown(value), *([shown(twin.get(name))] if twin else []))
            for name, value in found["endpoints"].items()
        ]
        rows += [(name, shown(value), "") for name, value in compared.items()]
        self.table(("endpoint", found["labels"]["arm"], *(["control, no drug"] if twin else [])), rows)
        if twin and any(twin.get("plasma_cmax_iu_ml") or ()):
            self.say(OWN_IL2)
        self._close(results, out / "report.html")

    def sweep(self, page: Path, results: Results, tally: Tally | None) -> None:
        """The end of `sweep` and of `report`."""
        from il2sim.experiments.report.summary import arm_row

        if self.as_json:
            self.document(summary(page, results, tally))
            return
        heads = ("arm", "runs", "viable fraction", "drug minus control", "MPR")
        rows = [arm_row(arm) for arm in results.arms]
        self.table(
            heads, [(row["place"], row["runs"], row["viable"], row["difference"], row["mpr"]) for row in rows]
        )
        self._close(results, page)

    def nothing(self, failed: Sequence[Outcome]) -> None:
        """No run to tell of: the one document still says which were stopped."""
        if self.as_json:
            self.document({"failed": stopped(failed)})

    def _close(self, results: Results, page: Path) -> None:
        from il2sim.experiments.report.answer import answer
        from il2sim.experiments.report.what_if import set_apart

        for sentence in (set_apart(results), *answer(results)):
            self.say(sentence)
        self.say(f"report: {page}")

    def plan(self, plan: dict[str, Any]) -> None:
        """What a sweep would do; nothing has been run."""
        if self.as_json:
            self.document(plan)
            return
        print(f"{plan['planned']} runs: {plan['cached']} cached, {plan['to_do']} to do")
        print(f"about {plan['time']} and {plan['disk_mb']:g} MB, from {plan['from']}")

    def replay(self, compared: Sequence[Comparison], note: str) -> None:
        """Whether every bit agreed."""
        same = sum(comparison.is_same for comparison in compared)
        if self.as_json:
            self.document(
                {
                    "compared": len(compared),
                    "same": same,
                    "note": note,
                    "runs": [asdict(found) for found in compared],
                }
            )
            return
        for comparison in compared:
            if not comparison.is_same:
                self.warn(f"run {comparison.run_id} differs: {comparison.note}")
        if note and same < len(compared):
            self.warn(note)
        print(f"{same} of {len(compared)} runs agree bit for bit")


def console(stream: Any) -> Console:
    """A console that prints texts as they are; lines are not broken where nobody watches."""
    found = Console(file=stream, markup=False, highlight=False, emoji=False)
    return (
        found
        if found.is_terminal
        else Console(file=stream, markup=False, highlight=False, emoji=False, width=10_000, soft_wrap=True)
    )


def shown(value: Any) -> str:
    """One endpoint for people."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(shown(item) for item in value)
    return "" if value is None else str(value)


def stopped(failed: Sequence[Outcome]) -> list[dict[str, str]]:
    """The runs that the model stopped, each with what repeats it."""
    return [{"run_id": outcome.run.id, "command": outcome.run.command} for outcome in failed]


def summary(page: Path, results: Results, tally: Tally | None) -> dict[str, Any]:
    """The JSON document of a sweep: every arm with its control, difference and intervals."""
    planned = len(results.passport["runs"])
    counts: dict[str, Any] = {"planned": planned, "finished": len(results.table)}
    failed: list[dict[str, str]] = []
    if tally is not None:
        counts |= {"cached": len(tally.cached), "failed": len(tally.failed)}
        failed = stopped(tally.failed)
    arms = [{key: value for key, value in asdict(arm).items() if value is not None} for arm in results.arms]
    found = results.passport
    return {
        "name": found["name"],
        "config_hash": found["config_hash"],
        "seed": found["seed"],
        "version": found["code"]["version"],
        "runs": counts,
        "failed": failed,
        "arms": arms,
        "report": str(page),
    }
