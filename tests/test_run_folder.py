"""The folder of results is the only state: what is kept, what is run again."""

import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from il2sim.experiments.study import design, store
from il2sim.experiments.study.execute import Outcome, Run
from il2sim.experiments.study.runs import Workplace, carry_out
from il2sim.experiments.study.store import ExperimentError
from il2sim.models import Config
from tests.cli_case import files
from tests.run_case import carried

HERE = Workplace(workers=1)


class TestFolder:
    def test_everything_comes_back(self, tmp_path: Path, doses: Config) -> None:
        (run, *_) = design.grid(doses, 1)
        outcome = carried(run)
        store.save(tmp_path, outcome)
        assert files(tmp_path) == {f"runs/{run.id}.parquet"}
        assert store.record(tmp_path, run.id) == outcome.record
        rows = store.series(tmp_path, run.id)
        assert set(rows) == set(outcome.series)
        for name, values in outcome.series.items():
            np.testing.assert_array_equal(rows[name], values)
        for kept, taken in zip(store.sections(tmp_path, run.id), outcome.sections, strict=True):
            assert (kept.il2 is None) == (taken.il2 is None)
            fields = ("solid", "immune", "bed") if taken.il2 is None else ("solid", "immune", "bed", "il2")
            for field in fields:
                np.testing.assert_allclose(getattr(kept, field), getattr(taken, field), rtol=1e-6)
            assert (kept.day, kept.voxel_um, kept.solid_names) == (
                taken.day,
                taken.voxel_um,
                taken.solid_names,
            )

    def test_maps_come_back(self, tmp_path: Path, doses: Config) -> None:
        (run, *_) = design.grid(doses, 1)
        outcome = carried(run)
        store.save(tmp_path, outcome)
        kept, taken = store.maps(tmp_path, run.id), outcome.maps
        assert kept is not None
        assert taken is not None
        for name, value in vars(taken).items():
            if isinstance(value, np.ndarray):
                np.testing.assert_array_equal(getattr(kept, name), value)
            else:
                assert getattr(kept, name) == value
        store.save(tmp_path, replace(outcome, maps=None))
        assert store.maps(tmp_path, run.id) is None

    def test_no_bit_of_it_changes_unseen(self, tmp_path: Path, doses: Config) -> None:
        (run, *_) = design.grid(doses, 1)
        file = store.save(tmp_path, carried(run))
        written = file.read_bytes()
        places = np.random.default_rng(1).integers(len(written) * 8, size=300)
        its_name = 8 * written.index(store.SEAL) + np.arange(8 * len(store.SEAL))
        places = np.concatenate([places, its_name])
        for place, bit in zip(places // 8, places % 8, strict=True):
            spoilt = bytearray(written)
            spoilt[place] ^= 1 << bit
            file.write_bytes(spoilt)
            for read in (store.record, store.series, store.sections, store.maps):
                with pytest.raises(ExperimentError, match="is not a finished run"):
                    read(tmp_path, run.id)
        file.write_bytes(written)
        assert store.record(tmp_path, run.id)["run_id"] == run.id

    def test_not_a_number_is_null(self, doses: Config) -> None:
        record = carried(design.grid(doses, 1)[0]).record
        assert record is not None
        assert record["endpoints"]["cd8_treg_ratio"] is None
        json.dumps(record, allow_nan=False)

    def test_tidy_table(self, tmp_path: Path, doses: Config) -> None:
        runs = design.grid(doses, 1)
        carry_out(runs, tmp_path, HERE, carry=carried)
        table = store.tidy(tmp_path, {run.id: {"labels": run.labels, "twin_id": run.twin} for run in runs})
        assert list(table["run_id"]) == [run.id for run in runs]
        assert list(table["patient.width"]) == [run.labels["patient.width"] for run in runs]
        assert list(table["config.patient.width_um"]) == [run.config.patient.width_um for run in runs]
        assert {"cd8_hours_1", "cd8_hours_4", "ledger.il2_nmol.leaked", "timing.wall_s"} <= set(table)

    def test_a_damaged_file_is_named(self, tmp_path: Path, doses: Config) -> None:
        (run, *_) = design.grid(doses, 1)
        path = store.save(tmp_path, carried(run))
        path.write_bytes(path.read_bytes()[:100])
        with pytest.raises(ExperimentError, match=f"{run.id}.parquet: is not a finished run .* delete it"):
            store.record(tmp_path, run.id)

    def test_a_full_disk_leaves_nothing_half_written(
        self, tmp_path: Path, doses: Config, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        runs = design.in_order(design.grid(doses, 1))
        carry_out(runs[:1], tmp_path, HERE, carry=carried)

        def full(_: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(ExperimentError, match="no space left on device.*free some room"):
            carry_out(runs, tmp_path, HERE, carry=carried)
        assert files(tmp_path) == {f"runs/{runs[0].id}.parquet"}

    def test_an_unwritable_folder_is_said_first(self, tmp_path: Path, doses: Config) -> None:
        blocked = tmp_path / "file"
        blocked.write_text("in the way")
        with pytest.raises(ExperimentError, match="cannot be written .*choose another folder with --out"):
            carry_out(design.grid(doses, 1), blocked / "out", HERE, carry=_never)
        assert files(tmp_path) == {"file"}


def _never(run: Run) -> Outcome:
    raise AssertionError(f"run {run.id} was carried out")
