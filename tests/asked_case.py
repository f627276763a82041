"""A set of two claims, and calls that ask some of them and add to one page; runs are stand-ins."""

import json
import shutil
from pathlib import Path

from il2sim.experiments.cli.options import voice_of
from il2sim.experiments.hypotheses import evaluation
from il2sim.experiments.hypotheses.claim_sets import ClaimSet
from il2sim.experiments.hypotheses.plan import Change
from il2sim.experiments.study.workers import Workplace
from tests.hypothesis_case import ACTS

RESPONSIVE, CENTRAL = ("responsive", "holds"), ("central", "undecided")


class Asked:
    """A set of two claims in a folder, and calls that ask some of them and add to one page."""

    def __init__(self, folder: Path) -> None:
        self.page, claims = folder / "page.md", folder / "claims"
        claims.mkdir()
        for name in "ab":
            (claims / f"{name}.yaml").write_text(ACTS)
        self.first = claims / "a.yaml"
        self.claim_set = ClaimSet("behaviours", "behaviour", claims, folder / "results", asserted=True)

    def __call__(
        self, *names: str, at: str | None = None, change: Change | None = None, out: Path | None = None
    ) -> int:
        folder = out or self.claim_set.out
        request = evaluation.Request(
            names, folder, change or Change(), at=at, page=self.page, claim_set=self.claim_set
        )
        return evaluation.ask(request, voice_of(quiet=True), Workplace(1), plan=False)

    def forget(self) -> None:
        """Neither page nor runs."""
        self.page.unlink()
        self.page.with_suffix(".json").unlink()
        shutil.rmtree(self.claim_set.out)

    @property
    def found(self) -> dict[str, list[tuple[str, str]]]:
        """Of each claim on the page, where it was asked and the verdicts."""
        content = json.loads(self.page.with_suffix(".json").read_text("utf-8"))
        return {
            entry["name"]: [(each["stage"], each["verdict"]) for each in entry["questions"]]
            for entry in content["behaviours"]
        }
