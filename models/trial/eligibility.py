"""Who may enter NCT05821686: every criterion by its code, and which of them a patient fails.

Sources: registry text of 2025 and, for I1 and I1b, its copy of 2023 (NCT05821686). X1 is ours.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

WIDEST_MM = 20.0  # T1; seen in the registry text; 20.0 is eligible
YOUNGEST, OLDEST = 18, 80  # completed years, both eligible; seen in the registry text

_MEANINGS: Mapping[str, str] = {
    "I1": "biopsy-proven triple-negative: ER, PR below the cut-off, HER2 0, 1+ or 2+ without amplification",
    "I1b": "not scheduled for neoadjuvant chemotherapy",
    "I2a": "clinical width above 0 and at most 20 mm",
    "I2b": "clinically node-negative",
    "I3/I4": "surgery first, by preference or because unfit for chemotherapy (or both, read literally)",
    "I5": "age 18 to 80",
    "I6": "consents",
    "I7": "can attend the injections",
    "S0": "female, with the disease, no healthy volunteer",
    "E3": "cannot attend the injections (the reverse of I7)",
    "E4": "abnormal thallium stress or lung function, organ allograft, or toxicity with a previous dose",
    "E5": "a severe toxicity of earlier IL-2",
    "E6": "takes cancer drugs or steroids",
    "E7": "pregnant or breastfeeding",
    "X1": "narrower than can be injected (assumed; not in the protocol)",
}
EXCLUSIONS: Mapping[str, str] = {
    "abnormal thallium stress test": "E4",
    "abnormal lung function": "E4",
    "organ allograft": "E4",
    "toxicity with a previous dose": "E4",
    "sustained ventricular tachycardia": "E5",
    "uncontrolled arrhythmia": "E5",
    "chest pain with ECG change": "E5",
    "cardiac tamponade": "E5",
    "intubation over 72 h": "E5",
    "dialysis over 72 h": "E5",
    "coma or psychosis over 48 h": "E5",
    "repetitive seizures": "E5",
    "bowel ischaemia": "E5",
    "gastrointestinal bleeding with surgery": "E5",
    "cancer drugs": "E6",
    "steroids": "E6",
    "pregnant": "E7",
    "breastfeeding": "E7",
}
"""Findings that exclude, and the criterion each belongs to."""


@dataclass(frozen=True, kw_only=True)
class Woman:
    """What the criteria read of one patient; `exclusions` are names of `EXCLUSIONS`.

    `width_mm` is the clinical width as it was reported; see `reported_width`. Raises ValueError for an
    exclusion that is none.
    """

    width_mm: float
    age: int
    er_pct: float
    pr_pct: float
    her2: Literal["0", "1+", "2+ ISH-", "2+ ISH+", "3+"]
    clinical_n: int
    is_upfront_surgery: bool
    prefers_upfront: bool
    is_unfit_for_chemotherapy: bool
    consents: bool
    can_attend: bool
    is_biopsy_proven: bool = True
    is_chemotherapy_planned: bool = False
    sex: Literal["F", "M"] = "F"
    is_healthy_volunteer: bool = False
    exclusions: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Refuse exclusions nobody knows."""
        for name in sorted(self.exclusions):
            if name not in EXCLUSIONS:
                raise ValueError(f"exclusions: {name!r} is not known; {_nearest(name, EXCLUSIONS)}")


@dataclass(frozen=True)
class Criteria:
    """How the unclear criteria are read.

    `receptor_cutoff_pct`: ER and PR are negative below it, 1 (assumed) or 10 (as another trial had it);
    `criteria_3_4`: one of the two reasons for surgery first is enough ("any", assumed), or both are due
    ("all", literal); `injectable_min_mm`: the least width one can inject (5, range 2-10, assumed), or None.
    """

    receptor_cutoff_pct: float = 1.0
    criteria_3_4: Literal["any", "all"] = "any"
    injectable_min_mm: float | None = 5.0

    def __post_init__(self) -> None:
        """Refuse readings that nobody holds."""
        if self.receptor_cutoff_pct not in (1.0, 10.0):
            raise ValueError(f"receptor_cutoff_pct: found {self.receptor_cutoff_pct:g}; allowed: 1 or 10")
        if self.criteria_3_4 not in ("any", "all"):
            raise ValueError(f"criteria_3_4: found {self.criteria_3_4!r}; allowed: 'any' or 'all'")


_USUAL = Criteria()


def failed_codes(woman: Woman, criteria: Criteria = _USUAL) -> tuple[str, ...]:
    """Codes of every criterion the patient fails, in the order of the registry; none if she is eligible."""
    of_width = width_codes(woman.width_mm, criteria)
    excluded = {EXCLUSIONS[name] for name in woman.exclusions}
    fails = {
        "I1": not _is_triple_negative(woman, criteria.receptor_cutoff_pct),
        "I1b": woman.is_chemotherapy_planned,
        "I2a": "I2a" in of_width,
        "I2b": woman.clinical_n != 0,
        "I3/I4": not _is_surgery_first(woman, criteria.criteria_3_4),
        "I5": not YOUNGEST <= woman.age <= OLDEST,
        "I6": not woman.consents,
        "I7": not woman.can_attend,
        "S0": woman.sex != "F" or woman.is_healthy_volunteer,
        "E3": not woman.can_attend,
        **{code: code in excluded for code in ("E4", "E5", "E6", "E7")},
        "X1": "X1" in of_width,
    }
    return tuple(code for code, is_failed in fails.items() if is_failed)


def width_codes(width_mm: float, criteria: Criteria = _USUAL) -> tuple[str, ...]:
    """Those of I2a and X1 that a width, mm, fails; a width that is no number fails them."""
    least_mm = criteria.injectable_min_mm
    is_injectable = least_mm is None or width_mm >= least_mm
    fails = {"I2a": not 0.0 < width_mm <= WIDEST_MM, "X1": not is_injectable}
    return tuple(code for code, is_failed in fails.items() if is_failed)


def reported_width(width_mm: float, to_mm: float | None = 1.0) -> float:
    """A width as reports give it: the nearest `to_mm` (1, assumed; 5 for heaping), halves up; None: as it is.

    Eligibility and dose follow the reported width, so 20.4 mm reported as 20 mm is eligible.
    """
    return width_mm if to_mm is None else math.floor(width_mm / to_mm + 0.5) * to_mm


def meaning(code: str) -> str:
    """What a code asks, or for E codes what excludes. ValueError, with the nearest code, if there is none."""
    if code not in _MEANINGS:
        raise ValueError(f"{code!r} is no criterion; {_nearest(code, _MEANINGS)}")
    return _MEANINGS[code]


def _is_triple_negative(woman: Woman, cutoff_pct: float) -> bool:
    is_her2_negative = woman.her2 in ("0", "1+", "2+ ISH-")
    is_receptor_negative = woman.er_pct < cutoff_pct and woman.pr_pct < cutoff_pct
    return woman.is_biopsy_proven and is_her2_negative and is_receptor_negative


def _is_surgery_first(woman: Woman, reading: str) -> bool:
    reasons = (woman.prefers_upfront, woman.is_unfit_for_chemotherapy)
    return woman.is_upfront_surgery and (all(reasons) if reading == "all" else any(reasons))


def _nearest(word: str, words: Mapping[str, str]) -> str:
    close = get_close_matches(word, words, 1)
    return f"did you mean {close[0]!r}?" if close else f"valid: {', '.join(words)}"
