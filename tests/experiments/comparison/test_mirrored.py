"""What a tracker is shown of a comparison: outcomes of validation students by themselves, and a grid by its axes."""

from dataclasses import replace
from types import SimpleNamespace

from zpdgym.experiments import tracking
from zpdgym.experiments.comparison import compare as comparing
from zpdgym.experiments.comparison.compare import compare
from zpdgym.experiments.comparison.rows import PolicyRuns
from zpdgym.experiments.store.runs import Run
from zpdgym.experiments.tracking import growth_figures

from tests.experiments.comparison.small import TINY, rows_of
from tests.helpers import quiet

SPEC = TINY | {"policies": ["linear"], "n_students": 20, "n_validation": 10, "unexpected": False}


def test_every_run_is_shown_with_its_kind_and_its_validation_outcome(tmp_path, monkeypatch):
    shown = {}
    monkeypatch.setattr(tracking.NoTracker, "run", lambda self, name, **contents: shown.update({name: contents}))
    found = compare(SPEC, results=tmp_path, **quiet())
    assert shown.keys() >= {"Tiny-v0/linear/seed0", "Tiny-v0/optimal/seed0"}
    for name, contents in shown.items():
        run = Run(found.folder / name)
        mean = run.json("validation.json")["mean"]
        assert contents["curves"]["validation"] == {"lessons": [0], "outcome": [mean]}
        assert contents["settings"]["kind"] == run.json("run.json")["kind"]
        assert "axes" not in contents["settings"]


def test_a_run_of_a_grid_has_the_axes_of_its_cell_and_of_its_policy():
    variant = PolicyRuns(policy="ppo,gamma=0.9", kind="learnt", seeds=(0,), axes={"gamma": 0.9})
    compared = {"Tiny-v0,slip=0.1": SimpleNamespace(axes={"slip": 0.1}, policies=(variant,))}
    compared["Tiny-v0"] = SimpleNamespace(axes=None, policies=())

    def run(label, policy):
        return SimpleNamespace(scenario=SimpleNamespace(label=label), entry=SimpleNamespace(name=policy))

    assert comparing._axes(compared, run("Tiny-v0,slip=0.1", "ppo,gamma=0.9")) == {"slip": 0.1, "gamma": 0.9}
    assert comparing._axes(compared, run("Tiny-v0,slip=0.1", "random")) == {"slip": 0.1}
    assert comparing._axes(compared, run("Tiny-v0", "random")) == {}


def test_all_cells_of_a_grid_are_one_table_with_axes_as_columns(compared):
    table = rows_of(compared[0])
    plain = comparing._tracked_tables(table)
    assert "table/all" not in plain
    (cell,) = table.scenarios.values()
    cells = {f"Tiny-v0,slip={slip}": replace(cell, axes={"slip": slip}) for slip in (0.1, 0.2)}
    tables = comparing._tracked_tables(replace(table, axes={"slip": (0.1, 0.2), "gamma": (0.9,)}, scenarios=cells))
    whole = tables["table/all"]
    assert list(whole.columns[:4]) == ["row", "scenario", "slip", "gamma"]
    assert [row[2:4] for row in whole.rows] == [[slip, None] for slip in (0.1, 0.2) for _ in cell.policies]
    assert len({row[0] for row in whole.rows}) == len(whole.rows)
    columns = whole.columns.index("policy")
    assert [row[columns:] for row in whole.rows] == 2 * plain["table/Tiny-v0"].rows


def test_the_growth_curves_of_the_report_are_figures_of_their_own(compared):
    page = (compared[0].folder / "report.html").read_text(encoding="utf-8")
    (figure,) = growth_figures(page)
    assert figure.startswith("<!DOCTYPE html>")
    assert figure.endswith("</svg>")
    assert figure.count("<svg") == 1
