"""What finished runs say about a hypothesis: a finding and a verdict for every readout and question."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from il2sim.experiments.hypotheses.cases import Cases
from il2sim.experiments.hypotheses.claim import MISSING, Claim
from il2sim.experiments.hypotheses.draws import Part, one_by_one, over_draws, part_of
from il2sim.experiments.hypotheses.findings import STATISTICS
from il2sim.experiments.hypotheses.kept_readings import read_by, rows_of, wanted
from il2sim.experiments.hypotheses.plan import Stage
from il2sim.experiments.hypotheses.readings import Reader
from il2sim.experiments.hypotheses.readout import Readout
from il2sim.experiments.hypotheses.verdict import (
    HOLDS,
    NOT_RUN,
    NOT_YET,
    UNDECIDED,
    Verdict,
    exact,
    judge,
    together,
)
from il2sim.experiments.study.execute import Run
from il2sim.experiments.study.provenance import code_version
from il2sim.experiments.study.store import ExperimentError
from il2sim.models import Config
from il2sim.models.build import build, mechanisms, outside_remarks
from il2sim.models.config.mechanisms import MECHANISMS
from il2sim.models.config.reader import nearest


@dataclass(frozen=True)
class Answer:
    """One question put to the model (reference values, or over the priors) and how it was answered.

    `missed` counts the planned runs of which something is still to be read; `asked` tells this question from
    any other; `rows` are the patients' readings, of what has chance in it. A `stopped` one has runs to come.
    `outside` says which numbers lay beyond their ranges.
    """

    stage: str
    asked: str
    runs: int
    missed: int
    parts: tuple[Part, ...]
    verdict: Verdict
    rows: tuple[dict[str, Any], ...] = ()
    stopped: bool = False
    outside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judged:
    """A hypothesis and its answers; none where `lacks` names what is not built."""

    claim: Claim
    lacks: tuple[str, ...]
    answers: tuple[Answer, ...]


def lacking(claim: Claim) -> tuple[str, ...]:
    """Sentences on what a claim needs and the model does not have."""
    return tuple(f"{need} ({MISSING[need]})" for need in claim.needs if need not in mechanisms())


def answered(claim: Claim, stage: Stage, reader: Reader, *, stopped: bool = False) -> Answer:
    """Every readout of one question, from the runs that are finished; nothing is decided by those of a call
    that was stopped, as the last look would be the one that pleased.
    """
    cases = _cases(claim, stage, reader)
    missed = sum(not reader.has_all(run.id, wanted(claim)[arm]) for (_, arm), run in stage.runs.items())
    if claim.has_chance:
        parts = [_found(readout, cases) for readout in (*claim.first, *claim.readouts)]
    elif stage.name == "central":
        parts = [part_of(readout, found, exact) for readout, found in one_by_one(claim.readouts, cases, 0)]
    else:
        parts = []
    if stage.name == "priors":
        parts += over_draws(claim, cases, stage.women)
    verdict = _of_all(claim, stage.name, parts)
    if missed == len(stage.runs):
        verdict = Verdict(UNDECIDED, "it was not run")
    elif missed and stopped:
        verdict = Verdict(UNDECIDED, "it was stopped")
        parts = [replace(part, verdict=verdict) if part.limit else part for part in parts]
    rows = rows_of(claim, stage, reader) if claim.has_chance else ()
    found = (len(stage.runs), missed, tuple(parts), verdict)
    return Answer(stage.name, stamp(claim, stage), *found, rows, bool(missed and stopped), _outside(stage))


def _outside(stage: Stage) -> tuple[str, ...]:
    """A sentence for each number that an arm has beyond its range, as the first virtual patient had it."""
    configs = [run.config for (woman, _), run in stage.runs.items() if woman == 0]
    told = (each for config in configs for each in outside_remarks(config, build(config)))
    return tuple(dict.fromkeys(told))


def stamp(claim: Claim, stage: Stage) -> str:
    """A hash of the runs and of what is computed from them, not of wording nor of the code that answers, to
    which defaults belong: neither other words nor a key that is new change a question.
    """
    runs = [(woman, arm, _special(run), run.seed) for (woman, arm), run in sorted(stage.runs.items())]
    each = {"__all__": {"what"}}
    read = claim.model_dump(
        mode="json",
        include={"first", "readouts", "draws_may_fail"},
        exclude={"first": each, "readouts": each},
    )
    return hashlib.blake2b(json.dumps([runs, read]).encode(), digest_size=8).hexdigest()


def _special(run: Run) -> dict[str, Any]:
    """What a run's config says that no other would: all but its name and what is so by default."""
    usual, found = Config().resolved(), run.config.resolved()
    special = {
        section: {key: value for key, value in found[section].items() if value != usual[section].get(key)}
        for section in found
        if isinstance(found[section], dict) and section != "sweep"
    }
    named = {
        "with": [name for name in found["mechanisms"] if name not in MECHANISMS],
        "without": [name for name in MECHANISMS if name not in found["mechanisms"]],
    }
    return {"mechanisms": named, "allow_outside": run.config.allow_outside, **special}


def _of_all(claim: Claim, stage: str, parts: Sequence[Part]) -> Verdict:
    """What comes first must hold in the sensitised scenario, or nothing is asserted there; elsewhere it is
    only shown.
    """
    many = len(claim.first) if claim.has_chance else 0
    for part in parts[:many] if stage == "responsive" else ():
        if part.verdict.word != HOLDS:
            return Verdict(UNDECIDED, f"first, {part.what}: {part.verdict.reason or 'it does not'}")
    return together([part.verdict for part in parts[many:] if part.limit])


def _cases(claim: Claim, stage: Stage, reader: Reader) -> Cases:
    """All readings that the claim asks for; NaN where there is none."""
    read = {}
    for arm, names in wanted(claim).items():
        ids = [stage.runs[woman, arm].id for woman in range(stage.women)]
        for of in names:
            _check_read(claim, of, [each for each in ids if reader.has(each, of)], reader)
            read[arm, of] = np.array([reader.value(each, of) for each in ids])
    return Cases(read, stage.drawn)


def _check_read(claim: Claim, of: str, ids: Sequence[str], reader: Reader) -> None:
    """Raise ExperimentError for what no finished run has: a misspelt reading would be undecided for ever."""
    names = [reader.names(each) for each in ids]
    if names and not any(of in each for each in names):
        problem = f"{of!r} is nothing that a run has; {nearest(of, set().union(*names))}"
        raise ExperimentError(f"{claim.where('readouts')}: readouts: {problem}")


def _found(readout: Readout, cases: Cases) -> Part:
    if not readout.decides:
        return Part(readout.what, STATISTICS[readout.statistic][0](cases, readout.question), "", Verdict(""))
    return part_of(readout, STATISTICS[readout.statistic][0](cases, readout.question), judge)


def document(told: Sequence[Judged], order: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The JSON document of claims called `name`: `order` is how it was asked for."""
    return {**order, name: [entry_of(each) for each in told]}


def entry_of(told: Judged) -> dict[str, Any]:
    """One claim in the document: its words, its questions and their answers, the verdict for one glance."""
    claim = told.claim
    words = {"name": claim.name, "claim": claim.claim, "falsified_if": claim.falsified_if}
    words |= {"leaves_out": claim.leaves_out, "measure": claim.measure}
    over = {name: given if given == "declared" else list(given) for name, given in claim.drawn.items()}
    questions = [_question(answer) for answer in told.answers]
    found: dict[str, Any] = {**words, "verdict": word_of(told.lacks, questions), "lacks": list(told.lacks)}
    return found | {"budget": claim.budget.model_dump(), "over": over, "questions": questions}


def word_of(lacks: Sequence[str], questions: Sequence[Mapping[str, Any]]) -> str:
    """The verdict for one glance: in the sensitised scenario where that was asked, else of all questions."""
    if lacks:
        return NOT_YET
    asserted = [each for each in questions if each["stage"] == "responsive"] or questions
    found = [Verdict(each["verdict"], each["reason"]) for each in asserted]
    return together(found).word if found else NOT_RUN


def _question(answer: Answer) -> dict[str, Any]:
    parts = [
        {"what": part.what, **asdict(part.found), "holds": part.limit}
        | {"verdict": part.verdict.word, "reason": part.verdict.reason}
        for part in answer.parts
    ]
    found: dict[str, Any] = {"stage": answer.stage, "asked": answer.asked, "version": code_version()}
    counts: dict[str, Any] = {"runs": answer.runs, "not_finished": answer.missed, "stopped": answer.stopped}
    counts |= {"outside": list(answer.outside)} if answer.outside else {}
    verdict = {"verdict": answer.verdict.word, "reason": answer.verdict.reason}
    kept = {"read_by": read_by(), "rows": list(answer.rows)} if answer.rows else {}
    return {**found, **counts, **verdict, "readouts": parts, **kept}
