"""A settled tumour in a file is the same tumour, to the last bit; a torn or foreign file is refused."""

from collections.abc import Mapping

import numpy as np
import pytest

from il2sim.models import Baseline, Config, settle, simulate
from il2sim.models.saved_arrays import SavedError, packed, unpacked
from il2sim.models.tissue.saved_tumour import packed_tumour, unpacked_tumour
from tests.tumours import tiny

SHORT = {"patient.width": "0.3 mm", "schedule.surgery_day": "1"}
CODE: Mapping[str, str] = {"code": "1", "numpy": "2"}
SEED = 5


def case(dimensions: int) -> Config:
    return tiny(SHORT | {"space.dimensions": str(dimensions)})


@pytest.fixture(scope="module", params=[2, 3])
def kept(request: pytest.FixtureRequest) -> tuple[Config, Baseline, bytes]:
    config = case(request.param)
    baseline = settle(config, SEED)
    return config, baseline, packed_tumour(baseline, CODE)


def test_every_array_and_number_comes_back(kept):
    config, baseline, content = kept
    found = unpacked_tumour(content, config, SEED, CODE)
    was, now = vars(baseline), vars(found)
    assert {key: now[key] for key in was if key != "tissue"} == {
        key: was[key] for key in was if key != "tissue"
    }
    assert list(found.infiltrate) == list(baseline.infiltrate)
    assert list(found.tissue.layers) == list(baseline.tissue.layers)
    for name, layer in baseline.tissue.layers.items():
        count, again = int(layer.count[0]), found.tissue.layers[name]
        for key, array in layer._asdict().items():
            other, used = getattr(again, key), slice(count if key in ("cell", "trait") else None)
            assert (other.dtype, other.shape, other.strides) == (array.dtype, array.shape, array.strides), key
            assert other[used].tobytes() == array[used].tobytes(), (name, key)
    for key in ("concentration", "field_of", "bed"):
        one, other = getattr(baseline.tissue, key), getattr(found.tissue, key)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    for key in ("texture", "lot"):
        one, other = (getattr(each.tissue.tissue_mix, key) for each in (baseline, found))
        assert one.tobytes() == other.tobytes()
    assert found.tissue.tissue_mix.grounds == baseline.tissue.tissue_mix.grounds
    assert (found.tissue.lattice, found.tissue.field_shape) == (
        baseline.tissue.lattice,
        baseline.tissue.field_shape,
    )
    found.tissue.check()


def test_nothing_of_a_settled_tumour_is_forgotten(kept):
    """A field that is added to one of these has to be added to the file."""
    _, baseline, _ = kept
    assert set(vars(baseline)) == {"tumour", "seed", "tissue", "tick", "kill_rate", "spells", "infiltrate"}
    assert set(vars(baseline.tissue)) == {
        "lattice",
        "layers",
        "concentration",
        "field_of",
        "field_shape",
        "tissue_mix",
        "bed",
    }
    assert {layer._fields for layer in baseline.tissue.layers.values()} == {
        ("type_at", "slot_at", "cell", "trait", "count")
    }
    assert set(vars(baseline.tissue.tissue_mix)) == {"texture", "lot", "grounds"}


def test_a_run_from_the_file_is_the_run(kept):
    config, baseline, content = kept
    found = unpacked_tumour(content, config, SEED, CODE)
    assert simulate(config, SEED, found).digest == simulate(config, SEED, baseline).digest


def test_the_same_tumour_is_the_same_bytes(kept):
    config, _, content = kept
    assert packed_tumour(unpacked_tumour(content, config, SEED, CODE), CODE) == content


def refused(content: bytes, config: Config, seed: int = SEED, made_by: Mapping[str, str] = CODE) -> str:
    with pytest.raises(SavedError) as caught:
        unpacked_tumour(content, config, seed, made_by)
    return str(caught.value)


def test_a_torn_file_is_refused(kept):
    config, _, content = kept
    for cut in (len(content) // 2, len(content) - 1, 20):
        assert "torn" in refused(content[:cut], config)
    turned = bytearray(content)
    turned[-100] ^= 1
    assert "torn" in refused(bytes(turned), config)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"il2sim"])
def test_a_foreign_file_is_refused(content: bytes):
    assert refused(content, case(2)) == "is no file that il2sim saved"


def test_another_tumour_seed_or_code_is_refused(kept):
    config, _, content = kept
    assert "another seed" in refused(content, config, SEED + 1)
    assert "another tumour" in refused(content, config.with_values({"patient.stil": "31 %"}))
    assert "its libraries" in refused(content, config, made_by={**CODE, "code": "2"})
    header, arrays = unpacked(content)
    assert "holds a format of another version" in refused(packed(header | {"format": 99}, arrays), config)
    assert "something else" in refused(packed(header | {"what": "picture"}, arrays), config)
    assert "mix of tissues" in refused(packed(header | {"mix": "0"}, arrays), config)


def test_no_pickle_is_read_or_written():
    with pytest.raises(ValueError, match="allow_pickle"):
        packed({}, {"thing": np.array([object()])})
