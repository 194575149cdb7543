"""Questions on the command line: grids, sweeps, and what they will cost."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from zpdgym.configs.build import read_yaml
from zpdgym.experiments.questions.asking import Questions
from zpdgym.experiments.runs.grid import cell_axes
from zpdgym.experiments.runs.lineup import asked_entries
from zpdgym.experiments.runs.specification import Experiment
from zpdgym.scripts import compare
from zpdgym.scripts.cli import main
from zpdgym.scripts.command import compose
from zpdgym.scripts.command.overrides import understand

from tests.scripts.helpers import ROOT, fails


@pytest.fixture
def swept(monkeypatch) -> Callable[..., list[dict[str, Any]]]:
    """The comparisons that a sweep comes down to; none is made."""
    asked: list[dict[str, Any]] = []

    def note(spec, **_: Any) -> SimpleNamespace:
        asked.append(spec)
        return SimpleNamespace(all_made=lambda: None, report="report.html")

    monkeypatch.setattr("zpdgym.experiments.comparison.compare.compare", note)

    def sweep(*arguments: str) -> list[dict[str, Any]]:
        assert compose.sweep(compare.VERB, understand(compare.VERB, ["-m", "policies=streak", *arguments])) == 0
        return asked

    return sweep


def test_what_the_command_line_says_of_a_grid_is_what_a_file_says(capsys):
    keys = ["grid.student.learn=[.2,.4]", "grid.policies.streak.n=[2,3]", "belief.fit_to=base", "baseline=random"]
    more = ["draws.number=2", "draws.student.slip={low: .1, high: .2}", "contrasts=[streak,n=2 - random]"]
    assert main(["compare", "scenario=tiny", "policies=streak", *keys, *more, "--cfg", "job"]) == 0
    shown = yaml.safe_load(capsys.readouterr().out)
    assert list(shown["grid"]) == ["scenario.student.learn", "policies.streak.n", "draw"]
    assert len(shown["grid"]["draw"]) == 2
    assert (shown["belief"], shown["baseline"]) == ({"fit_to": "base"}, "random")
    assert shown["contrasts"] == ["streak,n=2 - random"]


def test_sensitivity_is_an_axis_between_two_ends(capsys):
    ends = ["sensitivity.student.forget=[.003,.3]"]
    assert main(["compare", "scenario=practice", "policies=streak", *ends, "--cfg", "job"]) == 0
    shown = yaml.safe_load(capsys.readouterr().out)
    values = shown["grid"]["scenario.student.forget"]
    assert (len(values), values[0], values[-1]) == (7, 0.003, 0.3)
    assert values[3] == pytest.approx(0.03)
    assert shown["sensitivity"] == ["scenario.student.forget"]


def test_policies_are_added_to_those_of_the_experiment(capsys):
    assert main(["compare", "experiment=tiny", "add=sm2", "--cfg", "job"]) == 0
    names = [spec["name"] for spec in yaml.safe_load(capsys.readouterr().out)["policies"]]
    assert names[-1] == "sm2"
    assert len(names) > 1


def test_a_sweep_of_compare_is_one_comparison_of_all_its_cells(swept):
    """Every way of sweeping ends as the grid that somebody could have written."""
    sweep = ["scenario.student.learn=.2,.4", "schedule=one_session,seven_weeks", "lessons=range(600,800,step=100)"]
    (spec,) = swept("scenario=tiny", *sweep)
    assert spec["grid"] == {
        "scenario.student.learn": [0.2, 0.4],
        "schedule": ["one_session", "seven_weeks"],
        "lessons": [600, 700],
    }
    assert [entry["scenario"] for entry in spec["scenarios"]] == ["tiny"]


def test_scenarios_that_are_swept_are_the_scenarios_of_one_comparison(swept):
    (spec,) = swept("scenario=tiny,practice", "scenario.student.slip=.1")
    assert [(e["scenario"], e["change"]) for e in spec["scenarios"]] == [
        ("tiny", {"student": {"slip": 0.1}}),
        ("practice", {"student": {"slip": 0.1}}),
    ]


@pytest.mark.parametrize(
    ("sweep", "says"),
    [
        ("seeds=1,2", "seeds is no axis of it"),
        ("n_students=100,200", "n_students is no axis of it"),
        ("name=a,b lessons=600,700", "sweep them apart"),
        ("scenario.student.learn=interval(0,1)", "grid.scenario.student.learn={low"),
        ("lessons=600,700 hydra/launcher=joblib", "jobs=N says how many processes"),
    ],
)
def test_what_is_no_axis_is_refused_in_a_sweep_of_compare(sweep, says, capsys):
    told = fails(capsys, "compare", "-m", "scenario=tiny", "policies=streak", *sweep.split(" "))
    assert says in told


def test_the_cells_and_what_they_cost_are_printed_with_the_configuration(capsys):
    arguments = ["scenario=tiny", "policies=streak,ppo", "seeds=3", "grid.student.learn=[.2,.4]", "lessons=1000"]
    assert main(["compare", *arguments, "--cfg", "job"]) == 0
    shown = capsys.readouterr().out
    assert "# 2 cells: Tiny-v0,learn=0.2, Tiny-v0,learn=0.4" in shown
    assert "6 trainings with 6,000 lessons in all" in shown
    assert yaml.safe_load(shown)["grid"] == {"scenario.student.learn": [0.2, 0.4]}


def test_the_question_among_the_examples_can_be_asked(capsys):
    """Its contrasts are those of its page, and every name in it is known."""
    path = ROOT / "examples" / "spacing" / "spacing.yaml"
    assert main(["compare", f"experiment={path}", "--cfg", "job"]) == 0
    shown = capsys.readouterr().out
    assert "# 12 cells: Practice-v0,forget=0.003,schedule=twenty_days" in shown
    experiment = Experiment.of(read_yaml(path) | {"name": "spacing"})
    axes = cell_axes(experiment.scenarios, experiment.grid)
    names = ["mastery_tuned", *(entry.name for entry in asked_entries(experiment, "experiment"))]
    asked = Questions.of(experiment.contrasts, axes, names, where="contrasts")
    assert (len(asked.contrasts), asked.crossings) == (4, (("recall_threshold - mastery_tuned", "forget"),))


def test_an_axis_that_is_typed_goes_before_that_of_the_file_and_the_others_stay(capsys, tmp_path):
    (tmp_path / "mine.yaml").write_text(
        "scenarios: [tiny]\npolicies: [streak]\ntracking: none\n"
        "grid: {student.learn: [.2, .4], schedule: [one_session]}\n"
    )
    typed = "grid.scenario.student.learn=[.2,.4,.6]"
    assert main(["compare", f"experiment={tmp_path / 'mine.yaml'}", typed, "--cfg", "job"]) == 0
    grid = yaml.safe_load(capsys.readouterr().out)["grid"]
    assert grid == {"schedule": ["one_session"], "scenario.student.learn": [0.2, 0.4, 0.6]}
