"""Every key that a source names is listed with what it stands for."""

import json
import re
from pathlib import Path

import pytest
from rich.console import Console

from il2sim.experiments.cli.console import Voice
from il2sim.experiments.model_docs import parameter_cards
from il2sim.experiments.model_docs.generate_model_docs import everything
from il2sim.experiments.model_docs.parameters import numbers
from il2sim.experiments.model_docs.sources import named, sources

KEY = re.compile(r"\b[SMK]\d+b?\b")


def test_every_number_names_sources_that_are_listed() -> None:
    texts = {number["name"]: number["source"] for number in numbers(everything())}
    lost = {name: text for name, text in texts.items() if set(KEY.findall(text)) - sources().keys()}
    assert lost == {}
    assert sum(bool(named(text)) for text in texts.values()) > 50


def test_every_key_that_a_mechanism_names_is_listed(root: Path) -> None:
    texts = [file.read_text(encoding="utf-8") for file in root.glob("models/biology/**/*.py")]
    assert {key for text in texts for key in KEY.findall(text)} <= sources().keys()


def test_every_source_is_used_somewhere(root: Path) -> None:
    files = [*root.glob("models/**/*.py"), *root.glob("docs/*.md"), root / "tests" / "second_reader.csv"]
    used = {
        key
        for file in files
        if file.name != "sources.md"
        for key in KEY.findall(file.read_text(encoding="utf-8"))
    }
    assert sources().keys() - used == set()


def test_the_clinic_and_the_biology_never_share_a_key() -> None:
    hits, drift = named("S54"), named("K54")
    assert "hits" in hits["S54"]
    assert "sTIL" in drift["K54"]


def test_an_unlisted_key_is_no_source() -> None:
    with pytest.raises(KeyError, match="S999"):
        named("S999")


def test_explain_says_what_the_keys_stand_for(capsys: pytest.CaptureFixture[str]) -> None:
    parameter_cards.explain("tumour.lethal_hits", Voice(Console(), as_json=False))
    assert "S54: Weigelin 2021, PMC8410835 (" in capsys.readouterr().out
    parameter_cards.explain("tumour.lethal_hits", Voice(Console(), as_json=True))
    assert json.loads(capsys.readouterr().out)["sources"]["S54"].startswith("Weigelin 2021")
