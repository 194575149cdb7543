"""A run's folder is complete, repeated or refused; never a mixture."""

import ast
import json
import os
import platform
from pathlib import Path

import numpy as np
import pytest
from zpdgym.errors import InputError
from zpdgym.experiments.store import fingerprint as fp
from zpdgym.experiments.store import provenance, runs


def finished(path, mark="a", **settings):
    run = runs.Run(path)
    wanted = fp.fingerprint({"mark": mark, **settings})
    run.start({"mark": mark})
    run.finish(wanted, kind="baseline", seeds={"policy": 0}, seconds={"total": 1.23456})
    return run, wanted


def test_finished_run_is_skipped_and_half_finished_one_is_repeated(tmp_path):
    done, wanted = finished(tmp_path / "seed0")
    half = runs.Run(tmp_path / "seed1")
    half.start({"mark": "a"})
    half.write_csv(runs.STUDENTS, {"post": [0.5]})
    assert runs.to_do([(done, wanted), (half, wanted), (runs.Run(tmp_path / "seed2"), wanted)]) == [
        half,
        runs.Run(tmp_path / "seed2"),
    ]
    half.start({"mark": "a"})
    assert sorted(p.name for p in half.path.iterdir()) == [runs.CONFIG]


def test_another_fingerprint_is_refused_and_nothing_is_changed(tmp_path):
    run, _ = finished(tmp_path / "seed0", mark="a")
    before = {p.name: p.read_bytes() for p in run.path.iterdir()}
    with pytest.raises(
        InputError,
        match=r"seed0 was made with something else: its settings \(mark: a -> b\) changed.*name=….*rerun=true",
    ):
        runs.to_do([(run, fp.fingerprint({"mark": "b"}))])
    assert {p.name: p.read_bytes() for p in run.path.iterdir()} == before


def test_rerun_moves_the_old_run_aside(tmp_path):
    for number, mark in enumerate("ab", start=1):
        run, _ = finished(tmp_path / "p" / "seed0", mark=mark)
        assert runs.to_do([(run, fp.fingerprint({"mark": mark * 2}))], rerun=True) == [run]
        assert not run.path.exists()
        assert (tmp_path / "p" / f"seed0.old-{number}" / runs.DONE).is_file()
    finished(tmp_path / "p" / "seed10")
    finished(tmp_path / "p" / "seed9")
    assert [(policy, seed) for policy, seed, _ in runs.finished_runs(tmp_path)] == [("p", 9), ("p", 10)]


def test_foreign_files_are_never_removed(tmp_path):
    (tmp_path / "seed0").mkdir()
    (tmp_path / "seed0" / "thesis.tex").write_text("mine")
    with pytest.raises(InputError, match=r"thesis\.tex"):
        runs.to_do([(runs.Run(tmp_path / "seed0"), fp.fingerprint({}))])
    with pytest.raises(InputError, match=r"thesis\.tex"):
        runs.Run(tmp_path / "seed0").start({})
    assert (tmp_path / "seed0" / "thesis.tex").read_text() == "mine"
    (tmp_path / "seed1").write_text("a file")
    with pytest.raises(InputError, match="is a file"):
        runs.to_do([(runs.Run(tmp_path / "seed1"), fp.fingerprint({}))])


def test_written_files_come_back_and_are_equal_bytes_when_repeated(tmp_path):
    contents = []
    for name in ("one", "two"):
        run = runs.Run(tmp_path / name)
        run.start({"seed": 3, "items": ("a", "b")})
        run.write_csv("unexpected/faster.csv", {"student": np.arange(3), "post": np.array([0.1, 1 / 3, np.nan])})
        run.write_arrays(runs.CURVES, {"mastery_by_lesson": np.linspace(0, 1, 7)})
        run.write_json(
            runs.TUNING, {"best": np.float64(0.1 + 0.2), "missing": float("nan"), "n": np.int64(4), "w": np.inf}
        )
        contents.append({p.relative_to(run.path): p.read_bytes() for p in run.path.rglob("*") if p.is_file()})
        assert run.config() == {"seed": 3, "items": ["a", "b"]}
        assert run.csv("unexpected/faster.csv")["post"].tolist()[:2] == [0.1, 1 / 3]
        assert np.array_equal(run.arrays(runs.CURVES)["mastery_by_lesson"], np.linspace(0, 1, 7))
        assert run.json(runs.TUNING) == {"best": 0.1 + 0.2, "missing": None, "n": 4, "w": "inf"}
        assert run.done is None
    assert contents[0] == contents[1]


def test_done_is_written_last_and_holds_the_fingerprint(tmp_path):
    run, wanted = finished(tmp_path / "seed0")
    assert run.done == wanted.value
    origin = run.json(runs.RUN)
    assert origin["fingerprint"] == wanted.value
    assert origin["seconds"] == {"total": 1.235}
    assert origin["seeds"] == {"policy": 0}
    assert origin["versions"]["numpy"] == np.__version__
    assert not list(run.path.glob(".writing-*"))


def test_failed_write_leaves_the_old_contents(tmp_path):
    runs.write_json(tmp_path / "table.json", {"a": 1})
    with pytest.raises(TypeError, match="no plain form"):
        runs.write_json(tmp_path / "table.json", {"a": object()})
    assert json.loads((tmp_path / "table.json").read_text()) == {"a": 1}


@pytest.fixture
def own_modules(tmp_path, monkeypatch):
    (tmp_path / "my_policy_fp.py").write_text("import json\nfrom my_help_fp import x\nimport my_pack_fp.deep\n")
    (tmp_path / "my_help_fp.py").write_text("x = 1\n")
    (tmp_path / "my_pack_fp").mkdir()
    (tmp_path / "my_pack_fp" / "__init__.py").write_text("from . import near\n")
    (tmp_path / "my_pack_fp" / "near.py").write_text("")
    (tmp_path / "my_pack_fp" / "deep.py").write_text("from .near import *\n")
    (tmp_path / "unrelated_fp.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_own_modules_and_what_they_import_count(own_modules):
    settings = {"policy": [{"_target_": "my_policy_fp.Mine"}], "student": {"_target_": "zpdgym.students.BKT"}}
    found = {str(p.relative_to(own_modules)) for p in fp.user_modules(settings)}
    inside = {"__init__.py", "near.py", "deep.py"}
    assert found == {"my_policy_fp.py", "my_help_fp.py", *(os.path.join("my_pack_fp", name) for name in inside)}
    before = fp.fingerprint(settings)
    (own_modules / "unrelated_fp.py").write_text("y = 2\n")
    assert fp.fingerprint(settings) == before
    (own_modules / "my_help_fp.py").write_text("x = 2\n")
    after = fp.fingerprint(settings)
    assert after.value != before.value
    assert after.differences(before.parts, settings) == "my_help_fp.py"


def test_installed_package_does_not_drag_in_its_neighbours():
    found = fp.user_modules({"_target_": "rich.table.Table"})
    assert found
    assert all("rich" in path.parts for path in found)


def test_settings_and_data_files_count(tmp_path):
    data = tmp_path / "skills.csv"
    data.write_text("skill\na\n")
    settings = {"curriculum": {"path": str(data)}, "seed": 1}
    before = fp.fingerprint(settings)
    assert before == fp.fingerprint({"seed": 1, "curriculum": {"path": str(data)}})
    assert fp.fingerprint(settings | {"seed": 2}).differences(before.parts, settings) == "its settings (seed: 1 -> 2)"
    data.write_text("skill\nb\n")
    assert fp.fingerprint(settings).differences(before.parts, settings) == "skills.csv"
    assert fp.data_files({"path": "algebra.csv"}) == {fp.ROOT / "configs" / "curriculum" / "algebra.csv"}


def test_changed_settings_are_named_and_long_ones_not_quoted():
    old = {"lessons": 3, "policy": {"a": 1, "b": [1] * 40}, "gone": 1, "same": 1.0}
    now = fp.fingerprint({"lessons": 2, "policy": {"a": 2, "b": [2] * 40}, "new": "x", "same": 1.0})
    told = "its settings (lessons: 3 -> 2, policy.a: 1 -> 2, policy.b, and 2 more)"
    assert now.differences({**now.parts, "settings": "other"}, old) == told


def test_the_folders_that_make_numbers_count_and_no_others(tmp_path, monkeypatch):
    counted = [folder for folder in fp.SOURCES if folder != "zpdgym"]
    others = ("experiments", "experiments/comparison", "experiments/report", "scripts")
    for folder in (*counted, *others):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / "some.py").write_text("a")
    monkeypatch.setattr(fp, "ROOT", tmp_path)
    compute = fp.source_digest.__wrapped__
    last = compute()
    for folder in others:
        (tmp_path / folder / "some.py").write_text("b")
        assert compute() == last
    for folder in counted:
        (tmp_path / folder / "some.py").write_text("b")
        assert compute() != last
        last = compute()


def test_what_lies_beside_the_public_face_counts_too(tmp_path, monkeypatch):
    monkeypatch.setattr(fp, "ROOT", tmp_path)
    (tmp_path / "errors.py").write_text("a")
    monkeypatch.setattr(fp, "FACE", tmp_path)
    first = fp.source_digest.__wrapped__()
    (tmp_path / "errors.py").write_text("b")
    assert fp.source_digest.__wrapped__() != first


def test_what_makes_numbers_imports_nothing_that_does_not_count():
    """So an edit elsewhere in experiments/ cannot change a run whose fingerprint stays."""
    counted = tuple(f"zpdgym.{folder.replace('/', '.')}" for folder in fp.SOURCES if folder.startswith("experiments/"))
    for folder in fp.SOURCES:
        for _, path in fp._sources(folder):
            if folder == "zpdgym":
                continue  # the public face leads everywhere, when it is asked
            package = ["zpdgym", *path.relative_to(fp.ROOT).parts[:-1]]
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.ImportFrom):
                    continue
                above = package[: len(package) - node.level + 1] if node.level else []
                module = ".".join([*above, *([node.module] if node.module else [])])
                if module.startswith("zpdgym.experiments"):
                    assert module.startswith(counted), f"{path}: {module}"


def test_provenance_names_the_commit(monkeypatch):
    state = provenance.git_state()
    assert state is None or len(state["commit"]) == 40
    monkeypatch.setattr(provenance, "ROOT", Path(os.devnull))
    assert provenance.git_state() is None


def test_provenance_names_the_model_of_the_processor_and_not_the_machine(monkeypatch, tmp_path):
    real = provenance.Path

    def at(path):
        return tmp_path / "cpuinfo" if path == "/proc/cpuinfo" else real(path)

    monkeypatch.setattr(provenance, "Path", at)
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel\t\t: 7\nmodel name\t: Example 9000: 2 GHz\n")
    assert provenance.processor() == "Example 9000: 2 GHz"
    (tmp_path / "cpuinfo").unlink()
    assert provenance.processor() == platform.processor()
    provenance.provenance.cache_clear()
    assert platform.node() not in provenance.provenance().values()
