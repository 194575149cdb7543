"""check_student: accepts a user's plain NumPy model, refuses models that break a promise, and says which."""

import pickle
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from zpdgym import students
from zpdgym.configs.build import build
from zpdgym.envs.scenario import Scenario
from zpdgym.students import BKT, InputError, allocate_outcome, check_student
from zpdgym.students.check import check_curriculum
from zpdgym.students.curriculum.builders import chain
from zpdgym.students.model import StudentModel

ROOT = Path(__file__).resolve().parents[2]


def halver():
    """The model of docs/students/index.md, as a reader copies it."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs/students/index.md").read_text(), re.DOTALL)
    space = {}
    exec(next(b for b in blocks if "class Halver" in b), space)
    return space["Halver"]


def test_the_documented_model_passes_and_is_short():
    model = halver()
    report = check_student(model)
    assert report.model == "Halver"
    assert "never_improves_untaught" in report.invariants
    assert "keeps its promises" in str(report)
    assert isinstance(model(check_curriculum()), StudentModel) is hasattr(model, "expected_gain")
    source = (ROOT / "docs/students/index.md").read_text().split("class Halver")[1].split("```")[0]
    assert len([line for line in source.splitlines() if line.strip()]) <= 36


def broken(**changes):
    """A Halver with some methods or attributes replaced."""
    return type("Broken", (halver(),), changes)


def never_the_same(self, state, items, u, out):
    out = halver().step(self, state, items, u, out)
    state["mastery"] *= np.where(items >= 0, np.random.default_rng().random(len(items)), 1.0)[:, None]
    return out


def looks_at_neighbours(self, state, items, u, out):
    out = halver().step(self, state, items, u, out)
    state["mastery"] = np.where((items >= 0)[:, None], state["mastery"].mean(axis=0), state["mastery"])
    return out


def teaches_everything(self, state, items, u, out):
    out = halver().step(self, state, items, u, out)
    state["mastery"] += 0.01 * (1 - state["mastery"]) * (items >= 0)[:, None]
    return out


def lucky(self, state, items, u, out):
    out = halver().step(self, state, items, u, out)
    out["correct"] = out["answered"] & (u[:, 0] < 0.9)
    return out


def gives_up(self, state, items, u, out):
    out = halver().step(self, state, items, u, out)
    out["quit"] = (items >= 0) & (u[:, 0] < 0.5)
    return out


def reading_teaches(self, state):
    state["mastery"] += 0.01 * (1 - state["mastery"])
    return state["mastery"].copy()


def remembers_more(self, state, days, u):
    state["mastery"] += (1 - state["mastery"]) * (1 - np.exp(-days))[:, None]


def learns_from_nothing(self, state, items, u, out):
    out = halver().step(self, state, np.maximum(items, 0), u, out)
    out[items < 0] = allocate_outcome(1)
    return out


def greedy_reset(self, state, rows, u):
    halver().reset(self, state, np.arange(len(state)), u)
    state["mastery"] += 1e-3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"step": never_the_same}, "the same luck gave other students the second time"),
        ({"step": looks_at_neighbours}, "never_improves_untaught|depends on who else is in the cohort"),
        ({"step": looks_at_neighbours, "invariants": frozenset()}, "depends on who else is in the cohort"),
        ({"step": teaches_everything}, "promises never_improves_untaught .* went from .* by item"),
        ({"step": lucky}, "is answered right in 0.9.* but p_correct says"),
        ({"step": gives_up}, "gives up without 'quit' in reports"),
        ({"step": learns_from_nothing}, "a lesson with item -1 changed the state"),
        ({"mastery": reading_teaches}, "mastery changed the state: reading must not"),
        ({"elapse": remembers_more}, "promises forgetting_is_monotone, but time raised a skill"),
        ({"lesson_draws": 0}, "does it need more uniforms than it declares .*lesson_draws=0"),
        ({"discrete": True}, "is discrete, but its mastery is not 0 or 1"),
        ({"p_correct": lambda self, state, items: np.full(len(items), 0.5)}, "p_correct differs from p_all at item"),
        ({"p_all": lambda self, state: np.full((len(state), 10), 1.5)}, r"p_all leaves \[0, 1\]: from 1.5 to 1.5"),
        ({"mastery_sum": lambda self, state, out: out * 0}, "mastery_sum differs from the sum of mastery"),
        ({"expected_gain": lambda self, state: np.ones((len(state), 10))}, "expected_gain says 1.0"),
        ({"forecast": lambda self, s, days: (self.p_all(s), self.mastery(s))}, "after 5 days, but elapse brings"),
        ({"p_some": lambda self, state, items: self.p_all(state)}, r"p_some must be \(N, E\), not"),
        ({"p_some": lambda self, state, items: self.p_all(state)[:, items] / 2}, "p_some differs from p_all"),
        ({"p_exam": lambda self, state, items, days, u: self.p_all(state)}, r"p_exam must be \(N, E\)"),
        (
            {"p_exam": lambda self, state, items, days, u: self.p_all(state)[:, np.sort(items)]},
            "p_exam of some items differs",
        ),
        ({"p_exam": lambda self, state, items, days, u: self.p_all(state)[:, items] * 2}, r"p_exam leaves \[0, 1\]"),
        (
            {"p_exam": lambda self, state, items, days, u: self.p_all(state)[:, items] * (1 if days is None else 0.5)},
            "p_exam in 0 days differs from p_exam now",
        ),
        ({"exam_gain": lambda self, state, days, items: self.p_all(state)[:, items]}, r"exam_gain must be \(N, M\)"),
        ({"exam_gain": lambda self, state, days, items: self.p_all(state)}, "to an exam in 5 days, but exam_gain says"),
        ({"shared_clock": "clock"}, "shared_clock='clock' is no field of model.dtype"),
        (
            {"shared_clock": "group", "step": teaches_everything, "invariants": frozenset()},
            "changes more of other skills",
        ),
        ({"reset": greedy_reset}, "reset changed rows that it was not asked to"),
        ({"invariants": frozenset({"no_learning_without_prerequisite"})}, "promises no_learning_without_prerequisite"),
        ({"invariants": frozenset({"answer_then_learn", "learn_then_answer"})}, "can only be one of them"),
        ({"mastered_at": property(lambda self: self.missing)}, "has no 'mastered_at'"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_a_broken_promise_is_told(changes, message):
    with pytest.raises(AssertionError, match=message):
        check_student(broken(**changes))


def test_an_unknown_promise_is_told_with_the_nearest():
    with pytest.raises(InputError, match="Did you mean 'lessons_never_hurt'"):
        check_student(broken(invariants=frozenset({"lesson_never_hurts"})))


def test_a_wrong_argument_is_told():
    with pytest.raises(InputError, match="needs a model or something that makes one"):
        check_student(3)  # pyright: ignore[reportArgumentType]


def test_models_classes_and_functions_can_be_checked():
    assert check_student(BKT).model == "BKT"
    assert check_student(BKT(chain(2))).students == 32
    assert check_student(lambda: BKT(chain(2), learn=0.4), n=5).students == 5


OWN_CURRICULUM = {name: lambda: chain(6) for name in ("kt6kc", "mixed_kt6kc")}
OWN_CURRICULUM["dkt"] = lambda: Scenario.load("practice").curriculum
"""Of the students that are bound to one."""


@pytest.mark.parametrize("path", sorted((ROOT / "configs/student").glob("*.yaml")), ids=lambda p: p.stem)
def test_every_bundled_student_can_be_built_and_keeps_its_promises(path):
    curriculum = OWN_CURRICULUM.get(path.stem, check_curriculum)()
    check_student(build(yaml.safe_load(path.read_text()), "student", curriculum=curriculum))
    assert path.read_text().startswith("# ")


@pytest.mark.parametrize("path", sorted((ROOT / "configs/population").glob("*.yaml")), ids=lambda p: p.stem)
def test_every_bundled_population_suits_one_of_the_models(path):
    population = build(yaml.safe_load(path.read_text()), "population")
    assert sum(g.share for g in population.groups) == pytest.approx(1)
    fitting = {"abilities": students.DifficultyBandLearner, "whole": students.WholeLearner}
    model = fitting.get(path.stem, BKT)
    check_student(model(check_curriculum(), population=population))
    assert path.read_text().startswith("# ")


def test_models_travel_to_other_processes():
    models = [BKT(check_curriculum()), students.KT6KC(chain(6)), students.DifficultyBandLearner(check_curriculum())]
    for model in models:
        again = pickle.loads(pickle.dumps(model))
        u = np.random.default_rng(0).random((3, model.reset_draws))
        mine, theirs = model.allocate(3), again.allocate(3)
        model.reset(mine, np.arange(3), u)
        again.reset(theirs, np.arange(3), u)
        assert mine.tobytes() == theirs.tobytes()


def test_public_names_load_lazily():
    code = (
        "import sys, zpdgym.students as s; assert 'numba' not in sys.modules; "
        "s.Curriculum, s.InputError, s.APPROACHES; assert 'numba' not in sys.modules; "
        "assert all(getattr(s, name) is not None for name in dir(s)); assert 'numba' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'BTK'"):
        _ = students.BTK


def test_a_step_without_its_outcome_is_told():
    class Forgetful(BKT):
        def step(self, state, items, u, out):
            super().step(state, items, u, out)

    with pytest.raises(AssertionError, match="step must return the outcome that it was given, not None"):
        check_student(Forgetful(check_curriculum()))


def test_a_method_that_is_none_is_told():
    class Mute(BKT):
        p_correct = None

    with pytest.raises(AssertionError, match="has a 'p_correct' that is not a method"):
        check_student(Mute(check_curriculum()))


WITHOUT_TRAITS = """
from zpdgym.students import BKT

class Alike:
    def __init__(self, curriculum, *, population=None):
        self.bkt = BKT(curriculum)

    def __getattr__(self, name):
        if name in ("traits", "bkt"):
            raise AttributeError(name)
        return getattr(self.bkt, name)
"""


def test_a_student_without_the_methods_is_told_at_once(tmp_path, monkeypatch):
    (tmp_path / "empty_student.py").write_text("class Empty:\n    def __init__(self, curriculum): pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError, match=r"empty_student\.Empty has no reset, step, elapse: it is no student model"):
        Scenario.load("tiny", replace={"student": {"_target_": "empty_student.Empty"}})


def test_a_population_is_not_lost_on_students_without_traits(tmp_path, monkeypatch):
    (tmp_path / "without_traits.py").write_text(WITHOUT_TRAITS)
    monkeypatch.syspath_prepend(tmp_path)
    spec = {"_target_": "without_traits.Alike"}
    with pytest.raises(InputError, match="Alike students do not say in 'traits' what can vary"):
        Scenario.load("tiny", replace={"student": spec, "population": "varied"})
