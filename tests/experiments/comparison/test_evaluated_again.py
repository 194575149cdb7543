"""What only the evaluation depends on trains nobody again, and whenever it is killed, no teacher is lost."""

import logging
import shutil

import pytest
from zpdgym.agents.learnt import training
from zpdgym.errors import InputError
from zpdgym.experiments.comparison.compare import compare
from zpdgym.experiments.comparison.robustness import robustness
from zpdgym.experiments.runs import execute
from zpdgym.experiments.runs.preparing import preparation
from zpdgym.experiments.store import prepared
from zpdgym.experiments.store.runs import RUN, Run
from zpdgym.seal import DONE

from benchmarks.safety.kills import LEARNER
from tests.experiments.comparison.small import TINY, contents
from tests.helpers import quiet

SPEC = TINY | {"policies": ["linear", LEARNER], "seeds": 1, "n_students": 40, "n_validation": 20, "unexpected": False}
SCORER = "Tiny-v0/scorer/seed0"


class Killed(BaseException):
    """As SIGKILL: nobody catches it."""


def killed(*args, **more):
    raise Killed


def results_of(folder):
    """What a comparison left, without the runs that were laid aside."""
    return {name: data for name, data in contents(folder).items() if ".old-" not in name}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A finished comparison, to be copied."""
    return compare(SPEC, results=tmp_path_factory.mktemp("made"), **quiet()).folder


OTHER = SPEC | {"n_students": 55}


@pytest.fixture(scope="module")
def at_once(tmp_path_factory):
    """The same with more test students, made at once."""
    return contents(compare(OTHER, results=tmp_path_factory.mktemp("at-once"), **quiet()).folder)


@pytest.fixture
def results(made, tmp_path):
    shutil.copytree(made, tmp_path / "results" / "tiny")
    return tmp_path / "results"


@pytest.fixture
def nobody_trains(monkeypatch):
    """Whoever trains or tunes now fails."""
    monkeypatch.setattr(training, "train", killed)
    monkeypatch.setattr(execute, "ready_policy", _only_untuned)


def _only_untuned(spec, *args, ready=execute.ready_policy, **more):
    if spec.get("tune"):
        raise Killed
    return ready(spec, *args, **more)


@pytest.mark.parametrize(
    ("trainer", "change", "said"),
    [
        ("fast", {"n_students": 55}, "n_students: 40 -> 55"),
        pytest.param("fast", {"n_students": 30}, "n_students: 40 -> 30", marks=pytest.mark.slow),
        ("fast", {"unexpected": True}, "unexpected: False -> True"),
        pytest.param(
            "sb3",
            {"n_students": 55, "unexpected": True},
            "n_students: 40 -> 55, unexpected: False -> True",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_other_test_students_are_taught_by_the_same_teachers(tmp_path, monkeypatch, caplog, trainer, change, said):
    if trainer == "sb3":
        pytest.importorskip("stable_baselines3")
    spec = SPEC | {"policies": [LEARNER | {"trainer": trainer}], "lessons": 1500}
    at_once = compare(spec | change, results=tmp_path / "at once", **quiet())
    first = compare(spec, results=tmp_path / "later", **quiet())
    trained = Run(first.folder / SCORER).json(RUN)["seconds"]
    monkeypatch.setattr(training, "train", killed)
    monkeypatch.setattr(execute, "ready_policy", _only_untuned)
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="zpdgym"):
        later = compare(spec | change, results=tmp_path / "later", **quiet())
    (line,) = [record.message for record in caplog.records if "evaluated again" in record.message]
    assert line.startswith(f"evaluated again: {said} ({later.made} runs; their teachers and tunings stay")
    assert results_of(later.folder) == results_of(at_once.folder)
    assert "last.csv" in {name.rpartition("/")[2] for name in results_of(later.folder)}
    seconds = Run(later.folder / SCORER).json(RUN)["seconds"]
    assert seconds["train"] == trained["train"]
    assert seconds.keys() == Run(at_once.folder / SCORER).json(RUN)["seconds"].keys()
    # the old evaluation is whole, with its teacher
    old = Run(later.folder / f"{SCORER}.old-1")
    assert old.done is not None
    assert old.damage is None
    assert old.json(RUN)["seconds"] == trained


@pytest.mark.usefixtures("nobody_trains")
@pytest.mark.slow
def test_a_comparison_back_and_forth_ends_where_it_began(results, made):
    compare(OTHER, results=results, **quiet())
    back = compare(SPEC, results=results, **quiet())
    assert results_of(back.folder) == contents(made)


@pytest.mark.parametrize("change", [{"n_validation": 25}, {"lessons": 700}, {"cohort_seed": 1}, {"tune_budget": 3}])
def test_what_training_depends_on_is_refused_as_before(results, change):
    with pytest.raises(InputError, match=r"was made with something else: its settings \(.* -> .*rerun=true"):
        compare(OTHER | change, results=results, **quiet())


def test_killed_between_training_and_evaluation(tmp_path, monkeypatch, made):
    with monkeypatch.context() as patch:
        patch.setattr(execute, "student_columns", killed)  # the last teacher's, the first that are written
        with pytest.raises(Killed):
            compare(SPEC | {"policies": [LEARNER]}, results=tmp_path, **quiet())
    run = Run(tmp_path / "tiny" / "Tiny-v0" / "mastery_tuned" / "seed0")
    assert run.has("prepared")
    tuned, ready = [], execute.ready_policy
    with monkeypatch.context() as patch:
        patch.setattr(
            execute,
            "ready_policy",
            lambda spec, *args, **more: tuned.append(spec["name"]) or ready(spec, *args, **more),
        )
        compare(SPEC | {"policies": ["linear"]}, results=tmp_path, **quiet())
    assert "ready_random" in tuned
    assert "mastery_tuned" not in tuned
    with monkeypatch.context() as patch:
        patch.setattr(execute, "student_columns", killed)
        with pytest.raises(Killed):
            compare(SPEC, results=tmp_path, **quiet())
    assert Run(tmp_path / "tiny" / SCORER).done is None
    assert Run(tmp_path / "tiny" / SCORER).has("teacher/teacher.json")
    monkeypatch.setattr(training, "train", killed)
    assert contents(compare(SPEC, results=tmp_path, **quiet()).folder) == contents(made)


@pytest.mark.parametrize("at", ["half a copy", "a copy that is not in its place", "a copy", "nothing evaluated"])
@pytest.mark.usefixtures("at_once", "nobody_trains")
def test_killed_while_an_evaluation_is_repeated(results, at_once, monkeypatch, at):
    copy, path = shutil.copytree, type(results)
    with monkeypatch.context() as patch:
        if at == "half a copy":
            patch.setattr(prepared.shutil, "copytree", lambda source, target: (target.mkdir(), killed()))
        if at == "a copy that is not in its place":
            patch.setattr(prepared.shutil, "copytree", lambda source, target: (copy(source, target), killed()))
        if at == "a copy":
            unlink = path.unlink
            patch.setattr(path, "unlink", lambda file, **more: killed() if file.name == DONE else unlink(file, **more))
        if at == "nothing evaluated":
            patch.setattr(execute, "student_columns", killed)
        with pytest.raises(Killed):
            compare(OTHER, results=results, **quiet())
    again = compare(OTHER, results=results, **quiet())
    assert results_of(again.folder) == at_once
    aside = sorted(found.name for found in (again.folder / SCORER).parent.iterdir())
    assert aside == ["seed0", "seed0.old-1"]
    assert Run(again.folder / f"{SCORER}.old-1").damage is None


def test_a_damaged_teacher_is_refused_and_trained_anew(at_once, results):
    weights = results / "tiny" / SCORER / "teacher" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"scorer/seed0 is damaged: teacher/weights\.safetensors was changed or cut"):
        compare(OTHER, results=results, **quiet())
    found = compare(OTHER, results=results, **quiet(rerun=True))
    assert results_of(found.folder) == at_once


def test_a_run_that_was_killed_and_whose_teacher_was_damaged_trains_again(results, made):
    run = results / "tiny" / SCORER
    (run / DONE).unlink()
    weights = run / "last_teacher" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    assert contents(compare(SPEC, results=results, **quiet()).folder) == contents(made)


def test_lives_stay_where_the_same_students_live(tmp_path, monkeypatch):
    from zpdgym.experiments.runs import lives

    spec = SPEC | {"policies": ["linear"], "n_students": 310, "lives": 2}
    compare(spec, results=tmp_path, **quiet())
    monkeypatch.setattr(execute, "lives_of", killed)
    found = compare(spec | {"n_students": 320}, results=tmp_path, **quiet())
    monkeypatch.undo()
    assert lives.STUDENTS < 310
    whole = compare(spec | {"n_students": 320}, results=tmp_path / "whole", **quiet())
    assert results_of(found.folder) == contents(whole.folder)


@pytest.mark.slow
def test_a_kind_of_students_more_trains_its_own_row_only(tmp_path, monkeypatch):
    learner = LEARNER | {"evaluations": 1}
    spec = {"name": "m", "scenario": "Tiny-v0", "students": ["slow"], "policies": [learner], "seeds": 1}
    spec |= {"n_students": 40, "n_validation": 20, "tune_budget": 2, "lessons": 600}
    robustness(spec, results=tmp_path, **quiet())
    trained, train = [], training.train

    def noted(scenarios, *args, **more):
        trained.append([scenario.label for scenario in scenarios])
        return train(scenarios, *args, **more)

    monkeypatch.setattr(training, "train", noted)
    larger = spec | {"students": ["slow", "careless"]}
    with pytest.raises(InputError, match=r"scorer/mixture/seed0 \(and 1 more\) was made with something else"):
        robustness(larger, results=tmp_path, **quiet())  # the mixture is another
    robustness(larger, results=tmp_path, **quiet(rerun=True))
    assert sorted(trained) == [
        ["Tiny-v0", "Tiny-v0/slow", "Tiny-v0/careless"],
        ["Tiny-v0/careless"],
    ]


def test_only_what_is_named_is_left_out():
    """A setting that nobody thought of counts for the teacher, too."""
    sections = {"outcome": {"primary": "exam", "smallest_difference": 0.02}, "unexpected": {"slow": {}}, "student": {}}
    settings = {"n_students": 5, "unexpected": True, "n_validation": 7, "news": 1, "sections": sections}
    assert preparation(settings | {"train_on": [{"label": "a", "sections": sections}]}, "Tiny-v0") == {
        "n_validation": 7,
        "news": 1,
        "sections": {"outcome": {"primary": "exam"}, "student": {}},
        "train_on": [{"label": "a", "sections": {"outcome": {"primary": "exam"}, "student": {}}}],
    }
    matrix = {"students": {"own": 1, "slow": 2}, "sections": {}}
    assert [preparation(matrix, home)["students"] for home in ("slow", "mixture", "any")] == [
        {"slow": 2},
        {"own": 1, "slow": 2},
        {},
    ]
