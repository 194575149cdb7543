"""What every simulated student can do: the contract between student models and everything that teaches them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from inspect import getattr_static
from types import MethodType, ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias, TypeVar, cast, runtime_checkable

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations
from zpdgym.parameters import Table, read

from .population import Population

if TYPE_CHECKING:
    from .curriculum.curriculum import Curriculum

__all__ = ["OUTCOME", "KernelModel", "Outcome", "StudentModel", "allocate_outcome"]

FloatN: TypeAlias = npt.NDArray[np.float64]
FloatNK: TypeAlias = npt.NDArray[np.float64]
FloatNM: TypeAlias = npt.NDArray[np.float64]
IntN: TypeAlias = npt.NDArray[np.int64]
State: TypeAlias = npt.NDArray[Any]
"""A cohort's latent state: one structured record per student, so ``state[rows]`` and ``state.copy()`` just work."""

Traits: TypeAlias = Mapping[str, str]
"""What a population can vary by name, and what a deviate of it is, in a few words."""

OUTCOME = np.dtype(
    [
        ("answered", np.bool_),  # did the lesson ask for an answer at all (a worked example does not)
        ("correct", np.bool_),  # False when nothing was answered; of a problem: all steps were right
        ("quit", np.bool_),  # the student gave up after this lesson
        ("rating", np.int8),  # 1 again … 4 easy; 0: the model has no ratings
        ("hints", np.int8),  # hints used; 0 where the model has none
        ("option", np.int8),  # which answer was chosen; -1: the model has no options
        ("right_steps", np.uint8),  # of a problem: bit s says that step s was right; 0 for all other items
        ("minutes", np.float64),  # how long the lesson took
    ],
    align=True,
)
Outcome: TypeAlias = npt.NDArray[Any]
"""What a tutor can see of one lesson: an (N,) array of ``OUTCOME`` records."""


def allocate_outcome(n: int) -> Outcome:
    """An empty outcome for a cohort of ``n``: fields that a model does not have stay as they are set here."""
    out = np.zeros(n, OUTCOME)
    out["option"] = -1
    return out


def matrix(state: State) -> FloatNM:
    """The records as kernels see them: one (N, W) float64 matrix, however wide a layer has made them.

    It shares its memory with the records; empty and strided arrays of them will do.
    """
    return state.view(_record(state.itemsize))


@cache
def _record(size: int) -> Any:
    """A record of ``size`` bytes as floats; kept, because making a dtype takes longer than a lesson."""
    return np.dtype((np.float64, (size // 8,)))


def must_teach_steps(student: type[object], curriculum: Curriculum) -> None:
    """Refuse a curriculum with problems of several steps, unless the class of students says that it has ``steps``.

    Raises:
        InputError: it does not.
    """
    if curriculum.has_steps and not getattr(student, "steps", False):
        first = curriculum.items[int((curriculum.item_steps >= 0).any(axis=1).argmax())]
        raise InputError(
            f"student: {student.__name__} students have no steps, as item '{first}' of the curriculum "
            f"'{curriculum.name}' does; BKT students have (student=bkt_forgetting)"
        )


ATTRIBUTES = (
    "curriculum", "population", "dtype", "reset_draws", "lesson_draws", "rest_draws", "discrete", "mastered_at",
    "ready_at", "reports", "invariants",
)  # fmt: skip
METHODS = ("allocate", "reset", "p_all", "p_correct", "step", "elapse", "mastery", "mastery_sum")
"""What every student model must have."""


@runtime_checkable
class StudentModel(Protocol):
    """How students answer, learn, forget and give up.

    A model holds constants only; the cohort's state is passed in and changed in place; luck arrives as uniforms ``u``.
    Row i of every result depends on row i of the state and of ``u`` alone (subset invariance), and no method but
    ``reset``, ``step`` and ``elapse`` changes the state. A model may be plain NumPy. ``check_student`` tests all this.
    Some methods may be missing: ``expected_gain``; ``forecast(state, days (N,)) -> (p_all (N, M), mastery (N, K))``,
    what is expected after some days without a lesson, without which the exam takes one possible future from ``elapse``;
    ``forecast_mastery(state, days) -> (N, K)``, its second part, where that is faster alone;
    ``p_some(state, items (E,)) -> (N, E)``, these columns of ``p_all``, where that is faster than all of them;
    ``p_exam(state, items (E,), days (N,) or None, u (N, rest_draws) or None) -> (N, E)``, where answers in an exam
    differ from those in a lesson (no help, no mood of the moment), now or after some days;
    ``sit_exam(state, items (E,), days (N,), u (N, rest_draws)) -> (now (N, E), later (N, E), mastery (N, K))``, what
    these and ``forecast`` tell of an exam now and after some days, where that is faster together;
    and ``exam_gain(state, days (N,), items (E,)) -> (N, M)``, what each item's lesson now adds to the expected share of
    these right after the days, without which copies are taught and examined (``students/exam.py``), all skills at once
    where ``shared_clock`` names the one field of the record that lessons on different skills share. A class that can
    teach problems of several steps says ``steps = True`` and fills ``right_steps``; any other is refused them.

    Attributes:
        curriculum: what is taught: K skills, M items.
        population: where the students come from; ``reset`` spends its draws first.
        dtype: one student's record; must have an integer field ``group`` (index into ``population.groups``).
        reset_draws: uniforms that one student needs in ``reset`` (the population's included).
        lesson_draws: uniforms for one ``step``.
        rest_draws: uniforms for one ``elapse``.
        discrete: True when mastery is 0 or 1; False when it is a probability.
        mastered_at: a skill counts as mastered from this value (1 for discrete models, else .95).
        ready_at: a prerequisite counts as there from this mastery on (metrics of wasted lessons use it).
        reports: the optional ``OUTCOME`` fields that this model fills, of rating, hints, option, quit.
        invariants: what the model promises beyond the universal; see ``zpdgym.students.check``.
    """

    curriculum: Curriculum
    population: Population
    dtype: np.dtype[Any]
    reset_draws: int
    lesson_draws: int
    rest_draws: int
    discrete: bool
    mastered_at: float
    ready_at: float
    reports: frozenset[str]
    invariants: frozenset[str]

    def allocate(self, n: int) -> State:
        """Room for ``n`` students: an (n,) array of ``dtype``, not yet reset."""
        ...

    def reset(self, state: State, rows: IntN, u: FloatNM) -> None:
        """Put fresh students into these rows. ``u`` is (len(rows), reset_draws)."""
        ...

    def p_all(self, state: State) -> FloatNM:
        """Probability of a right answer to every item, now: (N, M) in [0, 1]; no side effect."""
        ...

    def p_correct(self, state: State, items: IntN) -> FloatN:
        """Probability of a right answer to one chosen item each: (N,); equals ``p_all`` at that item."""
        ...

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """Teach one item each and fill ``out``. ``items`` (N,), -1 where nobody is taught; ``u`` (N, lesson_draws).

        A row with item -1 keeps its state, and its ``out`` is set to: not answered, not correct, no quit, 0 minutes.
        """
        ...

    def elapse(self, state: State, days: FloatN, u: FloatNM) -> None:
        """Let ``days`` (N,) >= 0 pass. ``u`` (N, rest_draws). ``elapse(a)`` then ``elapse(b)`` is ``elapse(a + b)``."""
        ...

    def mastery(self, state: State) -> FloatNK:
        """The truth about every skill: (N, K) in [0, 1]. For rewards and metrics; never observed by a tutor."""
        ...

    def mastery_sum(self, state: State, out: FloatN) -> FloatN:
        """``mastery(state).sum(axis=1)`` into ``out``, faster."""
        ...

    def expected_gain(self, state: State) -> FloatNM:
        """Expected change of ``mastery_sum`` by teaching each item now: (N, M). For privileged policies."""
        ...


Method = TypeVar("Method", bound=Callable[..., Any])


OPTIONAL: dict[str, _IfKernel] = {}


class _IfKernel:
    """Settled for every class that names its kernels: asking at every call takes a tenth of a call for one student."""

    def __init__(self, method: Callable[..., object], name: str, otherwise: Callable[..., object] | None) -> None:
        self.method, self.name, self.otherwise, self.__doc__ = method, name, otherwise, method.__doc__
        OPTIONAL[method.__name__] = self

    def __get__(self, model: Any, owner: Any) -> Any:
        if model is None:
            return self.method
        # AttributeError where there is none
        return MethodType(self.chosen(model._kernels) or getattr(model._kernels, self.name), model)

    def chosen(self, kernels: ModuleType) -> Callable[..., object] | None:
        """What the method is with these kernels; None: there is none."""
        return self.method if hasattr(kernels, self.name) else self.otherwise

    def settle(self, model: type[KernelModel], kernels: ModuleType) -> None:
        """Decide for a class that names its kernels, unless it or a base has written the method itself."""
        name = self.method.__name__
        if getattr_static(model, name) in (self, self.method, self.otherwise):
            setattr(model, name, self.chosen(kernels) or self)


def if_kernel(name: str = "", *, otherwise: Callable[..., object] | None = None) -> Callable[[Method], Method]:
    """Make a method that a student model has only if its kernels have a certain one, as ``hasattr`` tells.

    Args:
        name: of the kernel; "": that of the method.
        otherwise: what the model has where they have none; None: no such method.
    """
    return lambda method: cast(Method, _IfKernel(method, name or method.__name__, otherwise))


class KernelModel:
    """A student whose mathematics stands in compiled kernels: one module of functions over whole cohorts.

    To write one, name the module in the class and say what it is about, and pack the parameters in the constructor::

        class Mine(KernelModel, kernels=_mine):
            PARAMETERS = {"learn": Number("chance of learning in one lesson", low=0, high=1, unit="probability")}
            TRAITS = {"learn": "logits of learn"}  # what the population can vary, and on which scale
            discrete, mastered_at, ready_at, lesson_draws = True, 1.0, 1.0, 2

            def __init__(self, curriculum, *, population=None, learn=0.2):
                values, wrong = self._read(curriculum, population, locals())
                wrong.raise_any()
                self._floats, self._ints = pack(curriculum, [values.learn], [curriculum.minutes], [])
                self._lay_out(("known", np.float64, (curriculum.n_skills,)), draws=0)

    Every kernel takes the cohort first, as an (N, W) matrix, and the packed parameters last::

        reset(s, rows, deviates, luck, floats, ints)     p_some(s, items, out, floats, ints)
        step(s, items, u, out, floats, ints)             p_correct(s, items, out, floats, ints)
        elapse(s, days, u, floats, ints)                 mastery(s, out, floats, ints)
        forecast(s, days, p, mastery, floats, ints)      mastery_sum(s, out, floats, ints)
        expected_gain(s, out, floats, ints)              exam_gain(s, days, items, out, floats, ints)

    ``expected_gain``, ``exam_gain``, ``forecast`` and ``p_some`` may be missing, and then the model lacks the method;
    ``p_all`` leans on ``p_some``, without it on ``forecast``; without ``elapse`` nothing is forgotten. What a model
    does in another way it overrides. Files to imitate: ``knowledge/bkt.py`` and ``knowledge/_bkt.py``.
    """

    PARAMETERS: ClassVar[Table] = {}
    """What the constructor takes beside curriculum and population; defaults stand in the constructor."""

    TRAITS: ClassVar[Traits] = {}
    """What the population can vary."""

    traits: tuple[str, ...] = ()
    """The names of ``TRAITS``; ``deviates`` of ``reset`` have one column each."""

    discrete: bool
    remembered: bool = False
    """Whether mastery is the chance that something is remembered, which it is or is not: skills are then counted as an
    expectation, as where mastery is all or nothing. A model may lack it."""
    mastered_at: float
    ready_at: float
    lesson_draws: int
    rest_draws: int = 0
    reports: frozenset[str] = frozenset()
    invariants: frozenset[str] = frozenset()
    steps: ClassVar[bool] = False
    """Whether problems of several steps can be taught; a model may lack it, and is then refused them, too."""

    _kernels: ClassVar[ModuleType]
    _floats: FloatN
    _ints: IntN

    def __init_subclass__(cls, *, kernels: ModuleType | None = None) -> None:
        """Keep the module of kernels that the class names; without one they are those of its base."""
        super().__init_subclass__()
        cls.traits = tuple(cls.TRAITS)
        if kernels is not None:
            if "_kernels" not in vars(cls):  # a class may choose among several by a property of that name
                cls._kernels = kernels
            for method in OPTIONAL.values():
                method.settle(cls, kernels)

    def _read(
        self, curriculum: Curriculum, population: Population | None, given: Mapping[str, Any]
    ) -> tuple[Any, Violations]:
        """Keep curriculum and population, and check the other arguments of the constructor.

        Args:
            curriculum: what is taught.
            population: individual differences, or None.
            given: the arguments by name: ``locals()``.

        Returns:
            the values of ``PARAMETERS``, and the violations, to which the class adds its own before it raises them.
        """
        must_teach_steps(type(self), curriculum)
        wrong = Violations(type(self).__name__)
        self.curriculum = curriculum
        self.population = population or Population()
        self.population.check_traits(self.traits, wrong.subject)
        self._every_item = np.arange(curriculum.n_items)
        return read(self.PARAMETERS, given, wrong, skills=curriculum.n_skills, items=curriculum.n_items), wrong

    def _lay_out(self, *fields: Any, draws: int) -> None:
        """Declare the record, ``fields`` after the group, and how many uniforms ``reset`` needs of its own."""
        self.dtype = np.dtype([("group", np.int64), *fields])
        self.reset_draws = self.population.draws(self.traits) + draws

    def allocate(self, n: int) -> State:
        """Room for ``n`` students, not yet reset."""
        return np.zeros(n, self.dtype)

    def reset(self, state: State, rows: IntN, u: FloatNM) -> None:
        """Fresh students: group and traits from the population, then what the model draws of its own."""
        split = self.population.draws(self.traits)
        group, deviates = self.population.sample(u[:, :split], self.traits)
        state["group"][rows] = group
        self._begin(state, rows, deviates, np.ascontiguousarray(u[:, split : self.reset_draws]))

    def _begin(self, state: State, rows: IntN, deviates: FloatNM, luck: FloatNM) -> None:
        """Fill the records from the traits' deviates and the model's own draws (of which some models make normals)."""
        self._kernels.reset(matrix(state), rows, deviates, luck, self._floats, self._ints)

    def _forecast_now(self, state: State) -> FloatNM:
        return self.forecast(state, np.zeros(len(state)))[0]

    @if_kernel("p_some", otherwise=_forecast_now)
    def p_all(self, state: State) -> FloatNM:
        """Probability of a right answer to every item now, (N, M); of items that ask for none, if they asked."""
        return self.p_some(state, self._every_item)

    @if_kernel()
    def p_some(self, state: State, items: IntN) -> FloatNM:
        """The same for these items only: (N, len(items))."""
        out = np.empty((len(state), len(items)))
        self._kernels.p_some(matrix(state), items, out, self._floats, self._ints)
        return out

    def p_correct(self, state: State, items: IntN) -> FloatN:
        """The same for one chosen item each (0 where there is none)."""
        out = np.empty(len(state))
        self._kernels.p_correct(matrix(state), items, out, self._floats, self._ints)
        return out

    @property
    def kernels(self) -> ModuleType:
        """The module of kernels."""
        return self._kernels

    @property
    def packed(self) -> tuple[FloatN, IntN]:
        """The parameters as kernels take them."""
        return self._floats, self._ints

    @property
    def step_kernel(self) -> Callable[..., None]:
        """The kernel that is all of ``step``: a class that writes the one writes the other (see ``kernel_behind``)."""
        return self._kernels.step

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """Teach one item each and fill ``out``; the model's page says in which order they answer and learn."""
        self._kernels.step(matrix(state), items, u, out, self._floats, self._ints)
        return out

    def _remain(self, state: State, days: FloatN, u: FloatNM) -> None:
        """Days pass, and change nothing."""

    @if_kernel(otherwise=_remain)
    def elapse(self, state: State, days: FloatN, u: FloatNM) -> None:
        """Days pass, and change what the model's page says; nothing where the kernels have no ``elapse``."""
        self._kernels.elapse(matrix(state), days, u, self._floats, self._ints)

    def mastery(self, state: State) -> FloatNK:
        """The truth about every skill: (N, K) in [0, 1]."""
        out = np.empty((len(state), self.curriculum.n_skills))
        self._kernels.mastery(matrix(state), out, self._floats, self._ints)
        return out

    def mastery_sum(self, state: State, out: FloatN) -> FloatN:
        """The sum of the masteries."""
        self._kernels.mastery_sum(matrix(state), out, self._floats, self._ints)
        return out

    @if_kernel()
    def expected_gain(self, state: State) -> FloatNM:
        """Expected change of the sum of masteries from each item now: (N, M), exact."""
        out = np.empty((len(state), self.curriculum.n_items))
        self._kernels.expected_gain(matrix(state), out, self._floats, self._ints)
        return out

    @if_kernel()
    def exam_gain(self, state: State, days: FloatN, items: IntN) -> FloatNM:
        """What each item's lesson now adds to the expected share of ``items`` right after some days: (N, M), exact."""
        out = np.empty((len(state), self.curriculum.n_items))
        self._kernels.exam_gain(matrix(state), days, items, out, self._floats, self._ints)
        return out

    @if_kernel()
    def forecast(self, state: State, days: FloatN) -> tuple[FloatNM, FloatNK]:
        """Expected right answers (N, M) and mastery (N, K) after so many days without a lesson: no draw."""
        p, mastery = np.empty((len(state), self.curriculum.n_items)), np.empty((len(state), self.curriculum.n_skills))
        self._kernels.forecast(matrix(state), days, p, mastery, self._floats, self._ints)
        return p, mastery


def kernel_behind(owner: object, method: str) -> object:
    """What ``<method>_kernel`` of a model or belief says: the kernel that is all of the method.

    None where there is none: a class that writes the method and not the other property does something else in it.
    """
    for cls in type(owner).__mro__:
        if f"{method}_kernel" in vars(cls):
            return getattr(owner, f"{method}_kernel")
        if method in vars(cls):
            return None
    return None


def written_by_kernel(model: type[KernelModel], method: str) -> bool:
    """Whether a method of the model is the one that ``KernelModel`` makes of its kernels."""
    found, own = getattr_static(model, method), vars(KernelModel)[method]
    return found is own or (isinstance(own, _IfKernel) and found in (own.method, own.otherwise))
