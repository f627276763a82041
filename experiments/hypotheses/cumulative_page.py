"""A page that grows call by call: answers of earlier calls stay while their question is the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from il2sim.experiments.hypotheses.answers import Judged, entry_of, lacking, stamp, word_of
from il2sim.experiments.hypotheses.claim import Claim, all_claims
from il2sim.experiments.hypotheses.claim_sets import STAGES, ClaimSet
from il2sim.experiments.hypotheses.plan import Change, stages
from il2sim.experiments.study.pages import kept_beside

ORDER = ("seed", "budget", "changed")
"""What a person may change; answers to other than the declared questions stay by themselves."""


Document = Mapping[str, Any]


def is_declared(content: Document) -> bool:
    """Whether nothing was changed of what the files ask; so it is of a page that is not there yet."""
    return not any(content.get(key) for key in ORDER)


def grown(content: Document, before: Document, claim_set: ClaimSet, asked: Sequence[Claim]) -> dict[str, Any]:
    """`content` with every claim of the set and, of what it does not answer, the answers of `before`.

    Each bears the code that gave it. `asked` are the claims of `content`, some perhaps from elsewhere.
    """
    if not is_declared(content):
        return dict(content)
    old = before.get(claim_set.name, []) if is_declared(before) else []
    given, kept = _by_name(content[claim_set.name]), _by_name(old)
    own = all_claims(claim_set)
    outside = [claim for claim in asked if claim.name not in {each.name for each in own}]
    joined = [_joined(claim, given.get(claim.name), kept.get(claim.name)) for claim in (*own, *outside)]
    return {**content, claim_set.name: joined}


def _by_name(entries: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in entries}


def before(page: Path | None, claim_set: ClaimSet) -> Document:
    """What a page says so far, from the JSON beside it; nothing where there is none.

    Asked before any time is spent: raises ExperimentError where that is no page of this set.
    """

    def check(found: Any) -> None:
        _ = [found[key] for key in ORDER]
        if claim_set.name not in found:
            raise ValueError(f"it has no {claim_set.name}")
        _ = [entry["questions"] for entry in found[claim_set.name]]

    return (None if page is None else kept_beside(page, check)) or {}


def _joined(claim: Claim, given: Mapping[str, Any] | None, kept: Mapping[str, Any] | None) -> dict[str, Any]:
    """One claim with the questions answered now and, of the others, those kept that are still asked so.

    What was stopped takes no answer's place.
    """
    entry = dict(given or entry_of(Judged(claim, lacking(claim), ())))
    answered = {question["stage"]: question for question in entry["questions"]}
    old = [each for each in (kept or {}).get("questions", ()) if _stays(each, answered.get(each["stage"]))]
    if old and not claim.missing:
        asked = {stage.name: stamp(claim, stage) for stage in stages(claim, Change())}
        answered |= {each["stage"]: each for each in old if each.get("asked") == asked.get(each["stage"])}
    entry["questions"] = [answered[stage] for stage in STAGES if stage in answered]
    entry["verdict"] = word_of(entry["lacks"], entry["questions"])
    return entry


def _stays(old: Document, new: Document | None) -> bool:
    return new is None or (new["stopped"] and not old.get("stopped", False))
