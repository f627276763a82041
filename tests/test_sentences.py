"""The model in English: whose file says a sentence, and which mechanism changes another's."""

import pickle
import re
from pathlib import Path

import pytest

from il2sim.experiments.model_docs.parameters import everything
from il2sim.experiments.model_docs.sentences import legend, sentences
from il2sim.models.build import build
from il2sim.sim.language.records import Named
from tests.mechanism_case import config_with
from tests.tumours import tiny

EVERYTHING = everything()
HEAD, IDLE = "Interactions between mechanisms", "tracked, without effect on any rule"


@pytest.fixture(scope="module")
def said() -> list[str]:
    return sentences(config_with("cd25", "ifng", "mhc1", "pd_l1", "vessel_loss", "hypoxia"))


def test_every_sentence_names_the_file_that_says_it(said: list[str]):
    rules = [line for line in said[: said.index(IDLE)] if line.startswith("  ")]
    assert rules
    assert [line for line in rules if not line.endswith(".py")] == []
    files = {line.split("/")[-1] for line in rules}
    assert {"cd8.py", "pd_l1.py", "cd25.py", "ifng.py", "vessel_loss.py"} <= files


@pytest.mark.parametrize(
    "sentence",
    [
        "cd8 starts with reactive at 1 in a share of the cells, cd8.reactive_share = 0.1, and 0 in the rest "
        "[at arrival] models/biology/populations/cd8.py",
        "cd8 starts with exhaustion at exhaustion.at_arrival = 0.43 [at arrival] "
        "models/biology/regulation/exhaustion.py",
        "tumour starts with mhc1 at 1 in a share of the cells, 1 - mhc1.null_share = 0.9, and 0 in the rest, "
        "in patches about mhc1.patch = 500 um wide [in the initial tissue] models/biology/killing/mhc1.py",
        "ifng falls e-fold in ifng.length = 150 um, sensed with a lag of ifng.lag = 6 h, "
        "ifng.diffusivity = 10 um2/s, ifng.pore_fraction = 0.3 [immune clock] "
        "models/biology/cytokines/ifng.py",
        "il2 spreads at il2.diffusivity = 40 um2/s and is lost with il2.half_life = 2 h, beside what cells "
        "take up [both IL-2 fields] models/biology/cytokines/il2.py",
        "treg takes up il2 by receptors, at most il2.uptake_treg = 1.5 molecules a second "
        "(half at il2.uptake_half_treg = 0.02 nM) [both IL-2 fields] models/biology/cytokines/il2.py",
        "cd8 dies of loss of IL-2 at cd8_withdrawal.starvation_rate = 0.7 per day, times expanded, times 1 "
        "minus il2_signal [immune clock] models/biology/regulation/cd8_withdrawal.py",
        "tumour dies of natural loss at tumour.loss_rate = 0.133 per day; becomes dead [solid clock] "
        "models/biology/populations/tumour.py",
        "primed falls in nk at 1 / il2.priming_memory = 0.04167 per hour [immune clock] "
        "models/biology/cytokines/il2.py",
        "vessel secretes oxygen at a rate that makes its mean 1 where there are as many as usual "
        "[immune clock] models/biology/stroma/hypoxia.py",
    ],
)
def test_what_new_cells_are_like_how_far_fields_reach_and_numbers_by_name(said: list[str], sentence: str):
    assert f"  {sentence}" in said


def test_a_daughter_differs_as_her_rule_says(said: list[str]):
    division = next(line for line in said if line.startswith("  cd8 divides at "))
    assert "; the new cell has expanded 1 [" in division


def test_what_changes_what(said: list[str]):
    changes = "\n".join((*said[said.index(HEAD) :], ""))
    crowd = (
        "divided by 1 + (the treg within suppression.radius = 30 um, each counting 1 + its il2_signal) / "
        "(suppression.half_function = 1 cell)"
    )
    assert f"\nsuppression changes\n  cd8 hits tumour (cd8_killing): {crowd}\n" in changes
    instead = "replaces it by: exhaustion rises in cd8 through PD-L1"
    assert f"\n  exhaustion rises in cd8 (exhaustion): {instead}\n" in changes
    patches = "in patches about mhc1.patch = 500 um wide"
    assert "\n  the first mhc1 of tumour (tumour): mhc1 at 1 in a share of the cells" in changes
    assert f", and 0 in the rest, {patches}\n" in changes
    assert "\ncd8 changes\n" not in changes, "a mechanism's own factors are no changes"


def test_a_factor_of_another_mechanism_says_whose_it_is(said: list[str]):
    hits = next(line for line in said if line.startswith("  cd8 hits tumour at "))
    assert ", times reactive, times 1 minus exhaustion (exhaustion), " in hits
    assert "by ifng (half at ifng.half = 0.02 nM) (mhc1), lowered to 1 - pd_l1.strength = 0.3 by ifng" in hits
    assert (
        "; releases it after cd8_killing.contact_time = 6 h on average; each hit adds 1 to its damage ["
        in hits
    )


def test_what_is_followed_and_has_no_effect(said: list[str]):
    idle = said[said.index(IDLE) + 1 :]
    assert idle[0] == "  il2_signal and primed of th"
    assert not idle[1].startswith("  ")
    killers = sentences(tiny({"mechanisms": "[tumour, nk, nk_killing]"}))
    assert not any("vigour of nk" in line for line in killers)
    starving = sentences(tiny({"mechanisms": "[tumour, cd8, cd8_killing, cd8_withdrawal, il2]"}))
    assert IDLE not in starving


def test_what_is_read_and_never_raised():
    """Without IL-2 the rules of its signal stand and do nothing."""
    found = sentences(tiny({"mechanisms": "[tumour, cd8, cd8_killing, nk]"}))
    at = found.index("read, and 0 at all times, as no rule raises it")
    assert found[at + 1 : found.index("definitions")] == ["  il2_signal", "  primed"]
    assert all("at all times" not in line for line in sentences(tiny()))


def test_factors_of_a_cell_that_is_knocked_out_are_not_told():
    found = sentences(tiny({"mechanisms": "[tumour, cd8, cd8_killing, nk, suppression, exhaustion]"}))
    assert "exhaustion changes" in found
    assert "suppression changes" not in found


def test_a_number_beyond_its_range_is_marked():
    found = sentences(tiny({"allow_outside": "true", "cd8_killing.kill_rate": "30 1/day"}))
    at = found.index("set outside their ranges")
    assert found[at + 1] == "  cd8_killing.kill_rate = 30 1/day (1 to 16)"


def test_the_legend_tells_which_traits_have_no_ceiling():
    told = " ".join(legend(tiny()))
    assert "Rising by their rate alone: il2_signal, primed. Counted in hits: damage." in told
    assert "alone: none. Counted in hits: none." in " ".join(legend(tiny({"mechanisms": "[tumour, th]"})))


def test_an_author_finds_the_line():
    found = sentences(tiny(), with_lines=True)
    line = next(line for line in found if line.startswith("  cd8 dies of age at "))
    place = re.search(r" models/biology/populations/cd8\.py:(\d+)$", line)
    assert place is not None
    text = (
        (Path(__file__).parents[1] / "models" / "biology" / "populations" / "cd8.py")
        .read_text("utf-8")
        .splitlines()
    )
    assert 'label="age"' in text[int(place[1]) - 1]


def test_a_number_set_by_hand_is_told_in_its_own_unit():
    found = sentences(tiny({"cd8.death_rate": "0.05 1/day", "cd8.influx": "0.024 1/h"}))
    assert any(line.startswith("  cd8 dies of age at cd8.death_rate = 0.05 per day [") for line in found)
    assert any(line.startswith("  cd8 enters at cd8.influx = 0.024 per hour per vessel [") for line in found)


def test_the_legend_has_the_clocks():
    told = " ".join(legend(tiny({"clocks.tick": "20 min"})))
    assert "every tick 20 min, contact clock 2 min, immune 60 min, solid 12 h" in told


def test_names_follow_a_number_as_far_as_they_can():
    lag, share, third = Named(4.0, "a.lag"), Named(0.25, "a.share"), Named(0.5, "b.third")
    told = [1.0 / lag, 1.0 - share, share * third, 2.0 * lag, lag + share, lag]
    assert told == [0.25, 0.75, 0.125, 8.0, 4.25, 4.0]
    names = [getattr(number, "name", "") for number in told]
    assert names == ["1 / a.lag", "1 - a.share", "a.share x b.third", "", "", "a.lag"]
    assert pickle.loads(pickle.dumps(lag)).name == "a.lag"  # noqa: S301


def test_a_mechanism_left_out_changes_nothing():
    without = sentences(config_with(without="suppression"))
    assert "suppression changes" not in without
    assert "exhaustion changes" in without


def test_where_nothing_changes_anything_nothing_is_said():
    assert HEAD not in sentences(tiny({"mechanisms": "[tumour, cd8]"}))


def test_every_number_of_the_woman_and_the_model_is_in_a_sentence():
    """But for the width, which the dose and the tissue follow, and the ruler's error."""
    text = " ".join((*sentences(EVERYTHING), *sentences(tiny())))
    numbers = (*EVERYTHING.numbers(), *build(EVERYTHING).parameters.values())
    others = ("space", "clocks", "pathology")
    asked = {number.name for number in numbers if number.name.split(".")[0] not in others}
    silent = {name for name in asked if not re.search(rf"{re.escape(name)}\b", text)}
    assert silent == {"patient.width", "schedule.swelling"}


def test_every_trait_and_every_field_says_what_it_is():
    model = build(EVERYTHING)
    assert {*model.traits, *model.cytokines} == set(model.meanings)
