"""Does a student model keep its promises? The public conformance check for models of ours and of users."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, shown, unknown
from zpdgym.parameters import Number, Table, read_arguments

from .check_exam import check_exam
from .curriculum.curriculum import EXAMPLE, GUIDED, PRACTICE, Curriculum
from .model import ATTRIBUTES, METHODS, Outcome, State, StudentModel, allocate_outcome

__all__ = ["StudentReport", "check_curriculum", "check_student"]

INVARIANTS = {
    "answer_then_learn": "the answer comes from what was known before the lesson",
    "learn_then_answer": "the answer comes from what is known after the lesson",
    "consistent_start": "no skill starts above its weakest prerequisite",
    "no_learning_without_prerequisite": "a lesson does not raise a skill while a prerequisite is below ready_at",
    "never_improves_untaught": "a lesson raises no skill that the item does not exercise",
    "lessons_never_hurt": "a lesson lowers no skill",
    "forgetting_is_monotone": "time raises no skill",
    "time_changes_nothing": "time changes no skill",
    "lessons_change_nothing": "a lesson changes no skill",
    "elapse_composes": "elapse(a), then elapse(b), is elapse(a + b), on the path of every student",
    "elapse_composes_on_average": "elapse(a), then elapse(b), has the mean and the spread of elapse(a + b)",
}
"""What a model may promise in ``invariants``, beyond what every model must keep."""

UNIVERSAL = (
    "declares what the contract names", "draws declared suffice", "readers change nothing", "item -1 changes nothing",
    "no time, no change", "numbers stay in range", "p_correct is p_all at the item", "mastery_sum is the sum",
    "same luck, same students", "a subset's results are the subset of the results", "answers as often right as p says",
)  # fmt: skip
"""What every model must keep."""

OPTIONAL = {
    "expected_gain": "expected_gain is the mean gain",
    "forecast": "forecast is the mean of what time brings",
    "p_some": "p_some is p_all at these items",
    "shared_clock": "lessons on different skills share this field and nothing else",
    "p_exam": "p_exam is a chance, item by item, and in 0 days that of now",
    "exam_gain": "exam_gain is the mean change of p_exam, or of the forecast",
}
"""What a model must keep if it has the method, or the attribute."""

ARGUMENTS: Table = {
    "n": Number("how many students", low=2, high=10_000, whole=True),
    "seed": Number("of the lessons and the luck", low=0, whole=True),
}
LESSONS = 25
REPEATS = 4000  # of one lesson
FUTURES = 2000  # students whose forecast is compared with what comes
TOO_FAR = 5.0  # standard errors: a right model is refused once in some 2 million comparisons


@dataclass(frozen=True)
class StudentReport:
    """What ``check_student`` looked at: all of it held.

    Attributes:
        model: the model's class.
        universal: what every model must keep.
        invariants: what this model promised beyond it.
        students: how many students were taught.
        lessons: how many lessons each had.
    """

    model: str
    universal: tuple[str, ...]
    invariants: tuple[str, ...]
    students: int
    lessons: int

    def __str__(self) -> str:
        kept = [f"  {name}" for name in (*self.universal, *self.invariants)]
        return f"{self.model}: keeps its promises ({self.students} students, {self.lessons} lessons)\n" + "\n".join(
            kept
        )


def check_student(model: StudentModel | Callable[..., StudentModel], *, n: int = 32, seed: int = 0) -> StudentReport:
    """Check that a student model keeps what every model must keep, and what it declares in ``invariants``.

    Args:
        model: a model, or a class or function that makes one: without arguments, or from a curriculum (then it gets
            ``check_curriculum()``).
        n: how many students to teach, at least 2.
        seed: of the lessons and the luck.

    Returns:
        What was looked at; ``print`` it.

    Raises:
        AssertionError: the first promise that is broken, in a sentence with the numbers.
        InputError: an invariant is declared that does not exist.

    Example:
        >>> from zpdgym.students import BKT, check_student
        >>> check_student(BKT).model
        'BKT'
    """
    given = read_arguments(ARGUMENTS, locals(), "check_student")
    n, seed = given.n, given.seed
    built = _build(model)
    _Check(built, max(n, 2), seed).all()
    return StudentReport(
        model=type(built).__name__,
        universal=UNIVERSAL + tuple(text for method, text in OPTIONAL.items() if hasattr(built, method)),
        invariants=tuple(sorted(built.invariants)),
        students=max(n, 2),
        lessons=LESSONS,
    )


def check_curriculum() -> Curriculum:
    """A small curriculum with a bit of everything: a fork and a join, two-skill items, all approaches, two lengths."""
    prerequisites = np.zeros((4, 4), bool)
    prerequisites[1, 0] = prerequisites[2, 0] = prerequisites[3, 1] = prerequisites[3, 2] = True
    owners = [[0], [0], [1], [1], [2], [2], [3], [3], [0, 1], [1, 2, 3]]
    q = np.zeros((len(owners), 4), bool)
    for m, skills in enumerate(owners):
        q[m, skills] = True
    approach = np.full(len(owners), PRACTICE)
    approach[[1, 3, 5]] = EXAMPLE, 2, GUIDED
    return Curriculum(
        name="check",
        skills=("root", "left", "right", "join"),
        items=tuple(f"item {m}" for m in range(len(owners))),
        q=q,
        prerequisites=prerequisites,
        difficulty=np.array([0.0, -1.0, 0.0, 0.5, 0.0, 1.0, 0.0, -0.5, 0.0, 1.0]),
        minutes=np.array([1.0, 2.0, 1.0, 2.0, 1.0, 3.0, 1.0, 1.5, 2.0, 3.0]),
        approach=approach,
    )


def _build(model: Any) -> StudentModel:
    if not inspect.isclass(model) and hasattr(model, "step"):
        return model
    if not callable(model):
        raise InputError(f"check_student needs a model or something that makes one, not {shown(model)}")
    make: Any = model
    needed = [
        p
        for p in inspect.signature(make).parameters.values()
        if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    return make(check_curriculum()) if needed else make()


class _Check:
    """One model under test, with one cohort and its luck."""

    def __init__(self, model: StudentModel, n: int, seed: int) -> None:
        self.model, self.n = model, n
        self.rng = np.random.default_rng(seed)
        self.name = type(model).__name__
        self.promises: frozenset[str] = frozenset()

    def all(self) -> None:
        """Every check, the simple ones first."""
        self._declared()
        m = self.model
        self.start = self.rng.random((self.n, m.reset_draws))
        self.items = self.rng.integers(0, m.curriculum.n_items, (LESSONS, self.n))
        self.luck = self.rng.random((LESSONS, self.n, m.lesson_draws))
        self.days = self.rng.choice([0.0, 1.0, 7.5], (LESSONS, self.n), p=[0.6, 0.3, 0.1])
        self.rest = self.rng.random((LESSONS, self.n, m.rest_draws))
        try:
            self._lessons()
        except IndexError as error:
            declared = f"reset_draws={m.reset_draws}, lesson_draws={m.lesson_draws}, rest_draws={m.rest_draws}"
            text = f"reads beyond an array ({error}): does it need more uniforms than it declares ({declared})?"
            raise AssertionError(f"{self.name} {text}") from error
        self._repeatable()
        self._extreme_luck()
        self._frequencies()
        if hasattr(m, "forecast"):
            self._forecast()
        if "elapse_composes_on_average" in self.promises:
            self._composes_on_average()
        check_exam(self, self.teach(np.arange(self.n)))

    def _declared(self) -> None:
        m = self.model
        for name in (*ATTRIBUTES, *METHODS):
            self.must(hasattr(m, name), f"has no '{name}', which the contract names (zpdgym.students.model)")
        for name in METHODS:
            self.must(callable(getattr(m, name)), f"has a '{name}' that is not a method")
        for name in m.invariants:
            if name not in INVARIANTS:
                raise unknown(f"invariant of {self.name}", name, INVARIANTS)
        self.promises = frozenset(m.invariants)
        both = {"answer_then_learn", "learn_then_answer"} <= self.promises
        self.must(not both, "declares answer_then_learn and learn_then_answer: it can only be one of them")
        state = m.allocate(3)
        self.must(state.shape == (3,) and state.dtype == m.dtype, "allocate(3) must give 3 records of model.dtype")
        named = m.dtype.names is not None and "group" in m.dtype.names
        self.must(named and np.issubdtype(m.dtype["group"], np.integer), "model.dtype needs an integer field 'group'")

    def _lessons(self) -> None:
        """Teach the cohort, looking at everything before and after every lesson and every rest."""
        m, state = self.model, self.fresh(self.start)
        self.must(
            bool((state["group"] >= 0).all() and (state["group"] < len(m.population.groups)).all()),
            "'group' must be an index into population.groups",
        )
        if "consistent_start" in self.promises:
            self._consistent(m.mastery(state))
        for t in range(LESSONS):
            self._readers(state)
            self._nothing(state, t)
            before = m.mastery(state)
            items = np.where(self.rng.random(self.n) < 0.1, -1, self.items[t])
            ready = self._ready(before, items)
            out = m.step(state, items, self.luck[t], allocate_outcome(self.n))
            self._outcome(out, items)
            self._lesson_promises(before, m.mastery(state), items, ready)
            self._rest(state, t)

    def _readers(self, state: State) -> None:
        m = self.model
        p, mastery = self.read("p_all", state), self.read("mastery", state)
        total = self.read("mastery_sum", state, np.empty(len(state)))
        shapes = (p.shape == (self.n, m.curriculum.n_items), mastery.shape == (self.n, m.curriculum.n_skills))
        self.must(all(shapes), f"p_all must be (N, M) and mastery (N, K), not {p.shape} and {mastery.shape}")
        for name, values in (("p_all", p), ("mastery", mastery)):
            good = bool(np.isfinite(values).all() and (values >= 0.0).all() and (values <= 1.0).all())
            self.must(good, f"{name} leaves [0, 1]: from {values.min()} to {values.max()}")
        if m.discrete:
            self.must(bool(np.isin(mastery, (0.0, 1.0)).all()), "is discrete, but its mastery is not 0 or 1")
        self.close(total, mastery.sum(axis=1), "mastery_sum differs from the sum of mastery")
        for j in range(m.curriculum.n_items):
            one = self.read("p_correct", state, np.full(self.n, j))
            self.close(one, p[:, j], f"p_correct differs from p_all at item {j}")
        if hasattr(m, "p_some"):
            for items in (np.arange(m.curriculum.n_items)[::-2].copy(), np.empty(0, np.int64)):
                some = self.read("p_some", state, items)
                self.must(some.shape == (self.n, len(items)), f"p_some must be (N, E), not {some.shape}")
                self.must(np.array_equal(some, p[:, items]), "p_some differs from p_all at these items")
        if hasattr(m, "expected_gain"):
            gain = self.read("expected_gain", state)
            self.must(gain.shape == p.shape and bool(np.isfinite(gain).all()), "expected_gain must be (N, M), finite")

    def _nothing(self, state: State, t: int) -> None:
        m, kept = self.model, state.copy()
        out = m.step(state, np.full(self.n, -1), self.luck[t], allocate_outcome(self.n))
        self.must(isinstance(out, np.ndarray), f"step must return the outcome that it was given, not {out!r}")
        self.must(_same(state, kept), "a lesson with item -1 changed the state")
        quiet = not (out["answered"].any() or out["correct"].any() or out["quit"].any() or out["minutes"].any())
        self.must(bool(quiet), "the outcome of item -1 must be: not answered, not correct, no quit, 0 minutes")
        m.elapse(state, np.zeros(self.n), self.rest[t])
        self.must(_same(state, kept), "elapse(0) changed the state")

    def _outcome(self, out: Outcome, items: npt.NDArray[np.int64]) -> None:
        self.must(out.shape == (self.n,), "step must return the outcome that it was given")
        self.must(not (out["correct"] & ~out["answered"]).any(), "an outcome is correct, but nothing was answered")
        taught = items >= 0
        good = bool((out["minutes"][taught] >= 0.0).all() and np.isfinite(out["minutes"]).all())
        self.must(good, "a lesson's minutes are negative or not finite")
        self.must("quit" in self.model.reports or not out["quit"].any(), "gives up without 'quit' in reports")

    def _ready(self, mastery: npt.NDArray[np.float64], items: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """(N, K) which skills had all their prerequisites before the lesson."""
        c = self.model.curriculum
        there = mastery >= self.model.ready_at
        return np.stack([there[:, c.prerequisites[k]].all(axis=1) for k in range(c.n_skills)], axis=1)

    def _lesson_promises(self, before: Any, after: Any, items: Any, ready: Any) -> None:
        rose, fell = after > before + 1e-12, after < before - 1e-12
        taught = self.model.curriculum.q[items] & (items >= 0)[:, None]
        for name, broken in (
            ("never_improves_untaught", rose & ~taught),
            ("lessons_never_hurt", fell),
            ("lessons_change_nothing", rose | fell),
            ("no_learning_without_prerequisite", rose & taught & ~ready),
        ):
            if name in self.promises and broken.any():
                i, k = np.argwhere(broken)[0]
                change = f"from {before[i, k]:.6g} to {after[i, k]:.6g} by item {items[i]}"
                self.must(False, f"promises {name} ({INVARIANTS[name]}), but skill {k} went {change}")

    def _rest(self, state: State, t: int) -> None:
        m, days, before = self.model, self.days[t], self.model.mastery(state)
        halves = state.copy() if "elapse_composes" in self.promises else None
        m.elapse(state, days, self.rest[t])
        after = m.mastery(state)
        if "forgetting_is_monotone" in self.promises:
            self.must(bool((after <= before + 1e-12).all()), "promises forgetting_is_monotone, but time raised a skill")
        if "time_changes_nothing" in self.promises:
            self.close(after, before, "promises time_changes_nothing, but time changed a skill")
        if halves is not None:
            m.elapse(halves, 0.3 * days, self.rest[t])
            m.elapse(halves, 0.7 * days, self.rest[t])
            self.close(m.mastery(halves), after, "promises elapse_composes, but two rests differ from one of their sum")

    def _repeatable(self) -> None:
        """The same luck gives the same students, whole or in parts, in any order."""
        whole = self.teach(np.arange(self.n))
        self.must(_same(whole, self.teach(np.arange(self.n))), "the same luck gave other students the second time")
        for rows in (np.arange(self.n)[::-1].copy(), np.arange(self.n)[1::3], np.array([self.n - 1])):
            part = self.teach(rows)
            self.must(
                _same(part, whole[rows]), "a student's result depends on who else is in the cohort (or on the row)"
            )
        state, rows = self.model.allocate(self.n), np.arange(0, self.n, 2)
        kept = state.copy()
        self.model.reset(state, rows, self.start[rows])
        self.must(_same(state[1::2], kept[1::2]), "reset changed rows that it was not asked to")
        self.must(_same(state[rows], self.fresh(self.start)[rows]), "reset of some rows differs from reset of all")

    def _extreme_luck(self) -> None:
        """The ends of [0, 1) break nothing."""
        for value in (0.0, np.nextafter(1.0, 0.0)):
            state = self.fresh(np.full_like(self.start, value))
            for t in range(3):
                luck, rest = np.full_like(self.luck[t], value), np.full_like(self.rest[t], value)
                self.model.step(state, self.items[t], luck, allocate_outcome(self.n))
                self.model.elapse(state, self.days[t], rest)
            self._readers(state)

    def _frequencies(self) -> None:
        """Over many repetitions of one lesson: how often the answer is right, and how much is learnt."""
        m, cohort = self.model, self.teach(np.arange(self.n))
        rows = np.resize(np.arange(self.n), min(3 * m.curriculum.n_items, 60))
        for r, j in enumerate(np.resize(np.arange(m.curriculum.n_items), len(rows))):
            state = np.repeat(cohort[rows[r]][None], REPEATS)
            expected = m.p_correct(state[:1], np.array([j]))[0]
            before = m.mastery_sum(state[:1], np.empty(1))[0]
            gain = m.expected_gain(state[:1])[0, j] if hasattr(m, "expected_gain") else None
            luck = self.rng.random((REPEATS, m.lesson_draws))
            out = m.step(state, np.full(REPEATS, j), luck, allocate_outcome(REPEATS))
            if out["answered"].all() and "learn_then_answer" not in self.promises:
                chance = expected * (1.0 - expected)
                # + 1 / REPEATS: rare answers come in numbers that are more spread than normal ones
                error = TOO_FAR * ((chance / REPEATS) ** 0.5 + (chance > 0.0) / REPEATS) + 1e-9
                found = float(out["correct"].mean())
                text = (
                    f"item {j} is answered right in {found:.4f} of {REPEATS} lessons, but p_correct says {expected:.4f}"
                )
                self.must(abs(found - expected) <= error, text)
            if gain is not None:
                gained = m.mastery_sum(state, np.empty(REPEATS)) - before
                # a rare gain, or a rare answer that changes the gain, may not have come up at all
                rare = (abs(gain) / REPEATS) ** 0.5 if m.discrete else abs(gain) / REPEATS
                error = TOO_FAR * (gained.std() / REPEATS**0.5 + rare) + 1e-9
                text = f"item {j} teaches {gained.mean():.5f} skills on average, but expected_gain says {gain:.5f}"
                self.must(abs(gained.mean() - gain) <= error, text)

    def _forecast(self) -> None:
        """Over many students: what the model expects of some days, and what they bring."""
        m, rows = self.model, np.arange(FUTURES) % self.n
        state = self.fresh(self.rng.random((FUTURES, m.reset_draws)))
        for t in range(LESSONS):
            luck = self.rng.random((FUTURES, m.lesson_draws))
            m.step(state, self.items[t, rows], luck, allocate_outcome(FUTURES))
        days = np.full(FUTURES, 5.0)
        now = self.read("forecast", state, np.zeros(FUTURES))
        self.close(now[1], m.mastery(state), "forecast after 0 days differs from mastery")
        expected = self.read("forecast", state, days)
        if hasattr(m, "forecast_mastery"):
            alone = self.read("forecast_mastery", state, days)
            self.close(alone, expected[1], "forecast_mastery differs from what forecast says of mastery")
        m.elapse(state, days, self.rng.random((FUTURES, m.rest_draws)))
        for name, told, found in (("p_all", expected[0], m.p_all(state)), ("mastery", expected[1], m.mastery(state))):
            difference = found - told
            error = TOO_FAR * difference.std(axis=0) / FUTURES**0.5 + 1e-9
            worst = int(np.argmax(np.abs(difference.mean(axis=0)) - error))
            text = f"forecast tells {name} {told.mean(axis=0)[worst]:.4f} after 5 days, but elapse brings "
            text += f"{found.mean(axis=0)[worst]:.4f} (column {worst})"
            self.must(bool((np.abs(difference.mean(axis=0)) <= error).all()), text)

    def _composes_on_average(self) -> None:
        """Over many futures of every student: one rest, and two rests of the same length together."""
        m, cohort = self.model, self.teach(np.arange(self.n))
        whole = np.repeat(cohort, FUTURES // self.n)
        parts = whole.copy()
        for state, rests in ((whole, (5.0,)), (parts, (1.5, 3.5))):
            for days in rests:
                m.elapse(state, np.full(len(state), days), self.rng.random((len(state), m.rest_draws)))
        a, b = (m.mastery_sum(state, np.empty(len(state))) for state in (whole, parts))
        for name, x, y in (("mean", a, b), ("spread", (a - a.mean()) ** 2, (b - b.mean()) ** 2)):
            error = TOO_FAR * ((x.var() + y.var()) / len(x)) ** 0.5 + 1e-9
            text = f"promises elapse_composes_on_average, but the {name} of mastery after one rest is {x.mean():.5f}"
            self.must(abs(x.mean() - y.mean()) <= error, f"{text}, after two {y.mean():.5f}")

    def _consistent(self, mastery: npt.NDArray[np.float64]) -> None:
        c = self.model.curriculum
        for k in range(c.n_skills):
            weakest = mastery[:, c.prerequisites[k]].min(axis=1, initial=1.0)
            text = f"promises consistent_start, but skill {k} starts above its weakest prerequisite"
            self.must(bool((mastery[:, k] <= weakest + 1e-12).all()), text)

    def fresh(self, luck: npt.NDArray[np.float64]) -> State:
        """A cohort that was just reset."""
        state = self.model.allocate(len(luck))
        self.model.reset(state, np.arange(len(luck)), luck)
        return state

    def teach(self, rows: npt.NDArray[np.int64]) -> State:
        """These students after all lessons and rests."""
        state = self.fresh(self.start[rows])
        for t in range(LESSONS):
            self.model.step(state, self.items[t, rows], self.luck[t, rows], allocate_outcome(len(rows)))
            self.model.elapse(state, self.days[t, rows], self.rest[t, rows])
        return state

    def read(self, method: str, state: State, *arguments: Any) -> Any:
        """What a method tells that must not change the state."""
        kept = state.copy()
        told = getattr(self.model, method)(state, *arguments)
        self.must(_same(state, kept), f"{method} changed the state: reading must not")
        return told

    def must(self, holds: bool, message: str) -> None:
        """Refuse the model with this sentence unless the condition holds."""
        if not holds:
            raise AssertionError(f"{self.name} {message}")

    def close(self, found: Any, right: Any, message: str) -> None:
        """Refuse the model unless the two agree to rounding."""
        worst = float(np.abs(np.asarray(found) - np.asarray(right)).max(initial=0.0))
        self.must(worst <= 1e-9, f"{message} (by up to {worst:.3g})")


def _same(a: State, b: State) -> bool:
    """Equal to the bit, field by field (records may have padding between the fields)."""
    return all(np.array_equal(a[name], b[name], equal_nan=a[name].dtype.kind == "f") for name in a.dtype.names or ())
