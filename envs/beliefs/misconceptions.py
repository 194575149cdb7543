"""The belief that reads which option was chosen: skills are unknown, right, or wrong in one of a few ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from zpdgym.errors import Violations

from ...students.curriculum.curriculum import APPROACHES, GUIDED, PRACTICE, Curriculum
from ...students.model import FloatN, FloatNK, FloatNM, IntN, Outcome, StudentModel
from ...students.parameters import CAUTIOUS, PerSkill, approach_factors, odds
from . import _misconceptions
from .base import BeliefState, Believed, Bools, Floats, Ints, Numbers, marginal, vector
from .bkt import fit_tracing
from .cliques import clique_tree, started
from .course import AnswerKey, CourseLog, plain_student
from .kernels.bug_tree import children_first, pack_tree
from .kernels.bugs import gain_by_bug, right_by_bug
from .search import RIDGE, newton
from .tracing import TracingBelief

__all__ = ["MisconceptionsBelief"]

STUDENTS, ROUNDS = 400, 4
"""Students of a log on which the numbers are sought, and turns of the skills' own numbers and the shared ones."""
USUAL = {"prior": 0.2, "misconceived": 0.3, "learn": 0.2, "catch": 0.05, "slip": 0.1, "stray": 0.1}
STICKY, REFUTE, LEAK, GUIDED_REFUTES = 0.4, 2.5, 0.05, 0.5
"""Where a fit begins, and towards which it is drawn: the students' defaults, and a leak that may shrink."""
ALIKE = {approach: (1.0, 1.0) for approach in APPROACHES}
MOST_FACTOR = 100.0
MOST_OPTIONS = 10
BELOW_ONE = 0.999
"""The most that guess and slip of an item that tells nothing add up to."""


class MisconceptionsBelief(TracingBelief):
    """The states of small groups of skills that hang together, told by which wrong answer a student chooses.

    A skill is unknown, right, or in one of B bugs. Choosing a bug's option speaks for the bug; a right answer to a
    question that does not tell a bug says little against it. As with the ``graph`` belief, groups are skills with their
    prerequisites, an answer is taken in exactly where an item's skills stand in one group, and what hangs together
    beyond groups is lost with learning. Groups are smaller than there, for a skill has B + 2 states: more prerequisites
    may be left out. Nothing is forgotten. A student's own speed and slips are not told apart.

    ``expected_gain`` and ``p_correct`` count what an item refutes and tells, by how likely each bug is, where they are
    told all of them: from ``Believed.of`` a record, or an observation with the columns ``bug_1`` to ``bug_B``. Else
    they take the bugs for as frequent among what is not known as they are at the start, whatever was answered since,
    and are those of the ``graph`` belief with numbers of items that follow from that.

    Args:
        curriculum: what is taught.
        prior: (K,) P(right at the start, given that all prerequisites are).
        misconceived: (K,) P(in one of the bugs at the start), all bugs alike.
        learn: (K,) P(unknown becomes right in one lesson), the prerequisites known.
        catch: (K,) P(unknown becomes a certain bug in one lesson that asks).
        slip: (K,) P(another option than the right one, in spite of knowing).
        stray: (K,) P(another option than that of the bug).
        diagnostic: (M, B) 1 where an item has an option for a bug, else 0.
        options: how many options every item has, the right one among them.
        sticky: factor on learn for leaving a bug.
        refute: a further factor where the bug's own option was just chosen.
        leak: the share of learning that is left when a prerequisite is unknown.
        approaches: factors on the odds of learning, for the unknown and for who has a bug, by approach; None: all 1.
        guided_refutes: how far any wrong answer to a guided item refutes a bug, whichever it is.
        options_seen: whether the tutor is told which option was chosen; if not, right and wrong are all there is.

    Each of the (K,) numbers may be one number for all. Source: docs/students/misconceptions.md.
    """

    kind = "misconceptions"
    local = False
    joint = True
    columns = ("open",)

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        prior: PerSkill,
        misconceived: PerSkill,
        learn: PerSkill,
        catch: PerSkill,
        slip: PerSkill,
        stray: PerSkill,
        diagnostic: npt.ArrayLike,
        options: int = 4,
        sticky: float = STICKY,
        refute: float = REFUTE,
        leak: float = 0.0,
        approaches: Mapping[str, Sequence[float]] | None = None,
        guided_refutes: float = 0.0,
        options_seen: bool = True,
    ) -> None:
        k, wrong = curriculum.n_skills, Violations("belief")
        given = {"prior": prior, "misconceived": misconceived, "learn": learn, "catch": catch, "slip": slip}
        own = {name: vector(p, k, name, 0.0, 1.0, wrong) for name, p in {**given, "stray": stray}.items()}
        self.told = _table(diagnostic, curriculum.n_items, wrong)
        limits = {"options": (2, MOST_OPTIONS), "sticky": (0, 1), "refute": (1, 100), "leak": (0, 1)}
        limits["guided_refutes"] = (0, 1)
        values = options, sticky, refute, leak, guided_refutes
        for (name, (low, high)), value in zip(limits.items(), values, strict=True):
            number: object = value  # what a file holds may be of any kind
            whole = isinstance(number, int) and not isinstance(number, bool)
            fits = whole or (isinstance(number, float) and name != "options")
            wrong.unless(fits and low <= value <= high, f"{name}={number!r} must be a number in [{low}, {high}]")
        wrong.unless(options_seen in (True, False), f"options_seen={options_seen!r} must be true or false")
        self.approaches = approach_factors(approaches, ALIKE, wrong, "unknown, with a bug")
        wrong.raise_any()
        bugs = self.told.shape[1]
        wrong.unless(options > bugs, f"options={options} must be more than the {bugs} bugs of diagnostic")
        for a, b, times in (("prior", "misconceived", 1), ("learn", "catch", bugs)):
            total = own[a] + times * own[b]
            text = f"{a} and {f'{times} times ' if times > 1 else ''}{b} add up to {total.max():g}, must be 1 or less"
            wrong.unless(bool(total.max() <= 1.0 + 1e-6), text)
        wrong.raise_any()
        self.own, self.options, self.options_seen = own, int(options), bool(options_seen)
        self.sticky, self.refute, self.guided_refutes = float(sticky), float(refute), float(guided_refutes)
        self.curriculum = curriculum  # before the base class does it: its numbers of items are made of ``turns``
        super().__init__(curriculum, prior=own["prior"], leak=leak, **self._of_items())

    def _of_items(self) -> Numbers:
        """(M,) what a lesson teaches, and guess and slip, for a tutor who knows no more than what is open."""
        c, own, bugs = self.curriculum, self.own, self.told.shape[1]
        known = np.array(own["prior"])
        for k in c.order:
            known[k] *= known[c.prerequisites[k]].prod()
        unknown = np.maximum(1.0 - known, 1e-9)
        share = np.minimum(own["misconceived"] / unknown, 1.0)  # of bugs, among what is not known
        told = self.told.sum(axis=1, keepdims=True) / bugs
        by_luck = own["stray"] / (self.options - 1)
        guess = (1.0 - share) / self.options + share * (told * by_luck + (1.0 - told) * (1.0 - own["stray"]))
        every = np.broadcast_to(np.arange(c.n_skills), c.q.shape)
        learn, _, leave, refuted, held = np.moveaxis(self.turns(every), 2, 0)
        asks = np.array(c.asks)[:, None]
        chosen = told * asks * (1.0 - own["stray"])
        strayed = asks * (own["stray"] - told * by_luck)
        left = leave + chosen * (refuted - leave) + strayed * (held - leave)
        learn = (1.0 - share) * learn + share * left
        weight = np.array(c.q) * unknown
        weight /= weight.sum(axis=1, keepdims=True)
        slip = 1.0 - np.where(c.q, 1.0 - own["slip"], 1.0).prod(axis=1)
        slip = np.minimum(slip, BELOW_ONE)
        return {
            "learn": (weight * learn).sum(axis=1),
            "guess": np.minimum((weight * guess).sum(axis=1), BELOW_ONE - slip),
            "slip": slip,
        }

    def prepare(self) -> None:
        """Lay out the record: beliefs, their sum, ``ready``, ``open``, and the tables of the cliques."""
        k, states = self.curriculum.n_skills, self.told.shape[1] + 2
        self.tree = clique_tree(self.curriculum, states)
        joint = self.tree.size + self.tree.between
        shown = [("belief", (k,)), ("total", ()), ("ready", (k,)), ("open", (k,)), ("bugs", (k, states - 2))]
        fields = [*shown, ("joint", (joint,))]
        self.dtype = np.dtype([(name, np.float64, shape) for name, shape in fields], align=True)
        constants = [self.leak, self.sticky, self.refute, self.options, float(self.options_seen)]
        rows = children_first(self.curriculum)
        self._numbers = np.concatenate([constants, self._by_skill.ravel(), self.turns(rows).ravel()])
        self._links = pack_tree(self.curriculum, self.tree, self.told)
        self._start = np.zeros(1, self.dtype)
        bugs = np.repeat(self.own["misconceived"][:, None] / (states - 2), states - 2, axis=1)
        self._start["joint"] = started(self.curriculum, self.tree, self.prior, bugs)
        _misconceptions.sum_up(self._start.view(np.float64), self._links)

    def turns(self, skills: Ints) -> Floats:
        """(M, S, 5) what a lesson with each item may do to its skills, prerequisites known.

        The chances that the unknown becomes right, and a certain bug; that a bug becomes right: as such, where its own
        option was chosen, and where another wrong one was.

        Args:
            skills: (M, S) of which skills, -1 where there are no more.
        """
        c, bugs = self.curriculum, self.told.shape[1]
        learn, catch = (self.own[name][skills] for name in ("learn", "catch"))
        asks = np.asarray(c.asks, bool)[:, None]
        new, stuck = (factor[:, None] for factor in self.approaches[c.approach].T)
        rest = np.maximum(1.0 - learn - bugs * catch, CAUTIOUS)
        asked = rest + learn * new + bugs * catch
        alone: Floats = odds(learn) * new
        mistaken: Floats = odds(learn) * stuck
        learnt: Floats = np.where(asks, learn * new / asked, alone / (1.0 + alone))
        caught = np.where(asks, catch / asked, 0.0)
        # untouched where nothing is to change: rounding would make other numbers of it
        learnt, caught = np.where(new == 1.0, learn, learnt), np.where((new == 1.0) & asks, catch, caught)
        leave = np.where(stuck == 1.0, learn, mistaken / (1.0 + mistaken)) * self.sticky
        guided = self.guided_refutes * (c.approach == GUIDED)[:, None]
        refuted, held = leave * self.refute, leave * (1.0 + guided * (self.refute - 1.0))
        return np.stack([learnt, caught, leave, np.minimum(refuted, 1.0), np.minimum(held, 1.0)], axis=2)

    @staticmethod
    def fit(log: CourseLog, *, seed: int) -> tuple[Numbers, float]:
        """The numbers that foretell which option is chosen next best, by Newton's method for all skills at once.

        Who wrote the items knows whose option is which. Without such a key nothing tells a bug from ignorance: then
        there are none, the numbers are those of the ``bkt`` belief, and the options as many as its guesses suggest.
        """
        if log.key is None:
            return _without_key(log, seed)
        sought = _Sought(log.first(STUDENTS), log.key)
        own, shared = sought.start
        for turn in range(ROUNDS):
            log.tell(turn / ROUNDS)
            own = newton(lambda x, fixed=shared: sought.losses(x, fixed), own)
            shared = newton(lambda x, fixed=own: sought.losses(fixed, x[:, 0]).sum(keepdims=True), shared[:, None])[
                :, 0
            ]
        numbers = sought.numbers(own, shared)
        return numbers, float(MisconceptionsBelief(log.curriculum, **numbers).foretold(log, whole=False).sum())

    @staticmethod
    def from_student(student: StudentModel) -> Numbers | None:
        """The numbers of students who are as this belief thinks."""
        model = plain_student(student)
        if model is None:
            return None
        named = {name: getattr(model, name).tolist() for name in USUAL}
        shared = {name: getattr(model, name) for name in ("options", "sticky", "refute", "leak", "guided_refutes")}
        approaches = _by_name(model.approaches)
        return {**named, "diagnostic": model.diagnostic.astype(int).tolist(), **shared, "approaches": approaches}

    def parameters(self) -> Numbers:
        """The numbers of this belief as plain lists."""
        return {
            "kind": self.kind,
            **{name: values.tolist() for name, values in self.own.items()},
            "diagnostic": self.told.astype(int).tolist(),
            **{name: getattr(self, name) for name in ("options", "sticky", "refute", "leak", "options_seen")},
            "approaches": _by_name(self.approaches),
            "guided_refutes": self.guided_refutes,
        }

    @property
    def update_kernel(self) -> tuple[Callable[..., None], Floats, Ints]:
        """The kernel that is all of ``update``, and what it takes beside records, items and outcome."""
        return _misconceptions.update, self._numbers, self._links

    def update(self, state: BeliefState, items: IntN, out: Outcome) -> None:
        """Answer by Bayes' rule, then what may have become of the item's skills."""
        _misconceptions.update(state.view(np.float64), items, out, self._numbers, self._links)

    def elapse(self, state: BeliefState, days: FloatN) -> None:
        """Nothing is forgotten, neither what is known nor what is known wrongly."""

    def expected_gain(self, believed: Believed | FloatNK) -> FloatNM:
        """(N, M) the growth of the sum of the beliefs that is expected of a lesson with each item now.

        Where bugs are told, an item that tells a bug gains more with who has it, since a bug's own option is refuted.

        Raises:
            InputError: ``open`` is not told.
        """
        told = self._told(believed)
        if told is None:
            return super().expected_gain(believed)
        c, out = self.curriculum, np.empty((len(told[0]), self.curriculum.n_items))
        asks, turns, options = np.asarray(c.asks, bool), self._in_order, float(self.options)
        gain_by_bug(self.own["stray"], self.told, asks, c.item_skills, turns, self.leak, options, *told, out)
        return out

    def p_correct(self, believed: Believed | FloatNK) -> FloatNM:
        """(N, M) the chance of a right answer if it were asked before anything is learnt."""
        told = self._told(believed)
        if told is None:
            return super().p_correct(believed)
        out = np.empty((len(told[0]), self.curriculum.n_items))
        skills, together = self._basic_first
        right_by_bug(self._by_skill, self.told, skills, float(self.options), together, *told, out)
        return out

    def _told(self, believed: Believed | FloatNK) -> tuple[Floats, Floats, Floats, Floats] | None:
        """What is known, ready, open and each bug, where all of it is told."""
        marginal(believed, self.curriculum.n_skills)
        if not isinstance(believed, Believed) or believed.bugs is None or believed.bugs.shape[2] != self.told.shape[1]:
            return None
        if believed.ready is None or believed.open is None:
            return None
        seen = believed.belief, believed.ready, believed.open, believed.bugs
        known, ready, open_, bugs = (np.ascontiguousarray(x, np.float64) for x in seen)
        return known, ready, open_, bugs

    @cached_property
    def _by_skill(self) -> Floats:
        """(K, 4) learn, catch, slip and stray."""
        return np.column_stack([self.own[name] for name in ("learn", "catch", "slip", "stray")])

    @cached_property
    def _in_order(self) -> Floats:
        """(M, S, 5) ``turns`` of the items' skills as the curriculum has them."""
        return self.turns(self.curriculum.item_skills)

    @cached_property
    def _basic_first(self) -> tuple[Ints, Bools]:
        """(M, S) the items' skills, prerequisites first; and ``_together`` of these."""
        skills, rank = np.array(self.curriculum.item_skills), np.argsort(self.curriculum.order)
        order = np.where(skills >= 0, rank[skills], len(rank)).argsort(axis=1)
        return np.take_along_axis(skills, order, axis=1), np.take_along_axis(self._together, order, axis=1)

    def minds(self, state: BeliefState) -> Floats:
        """(N, K, B + 2) the probability that each skill is unknown, right, or in bug 1 … B."""
        known = state["belief"][..., None]
        unknown = np.maximum(1.0 - known - state["bugs"].sum(axis=2, keepdims=True), 0.0)
        return np.concatenate([unknown, known, state["bugs"]], axis=2)

    def foretold(self, log: CourseLog, *, whole: bool) -> Floats:
        """(K,) the mean log-loss of the answers of a log, each foretold one lesson ahead: every skill's part of it.

        ``whole``: which option it will be, not only whether the right one.
        """
        state, loss = self.allocate(len(log.items)), np.zeros(self.curriculum.n_skills)
        _misconceptions.foretell(
            state.view(np.float64), log.items, log.answers, log.options, log.owners, self._numbers, self._links,
            whole, loss,
        )  # fmt: skip
        return loss / max(int((log.answers >= 0).sum()), 1)


def _table(given: npt.ArrayLike, n_items: int, wrong: Violations) -> npt.NDArray[np.bool_]:
    """(M, B) which bugs every item tells."""
    try:
        table: npt.NDArray[np.generic] = np.asarray(given)
    except ValueError:
        table = np.zeros((0, 0))  # rows of different lengths
    fits = table.ndim == 2 and len(table) == n_items and 0 < table[:1].size < MOST_OPTIONS
    fits = fits and bool(np.isin(table, (0, 1)).all())
    text = "diagnostic must be a table of 0 and 1, a row for each of the {} items, a column for each of 1 to {} bugs"
    wrong.unless(fits, text.format(n_items, MOST_OPTIONS - 1))
    return np.array(table, bool) if fits else np.zeros((n_items, 1), bool)


def _by_name(approaches: Floats) -> dict[str, list[float]] | None:
    """The factors by approach; None: all are 1."""
    if (approaches == 1.0).all():
        return None
    return {name: pair for name, pair in zip(APPROACHES, approaches.tolist(), strict=True)}


def _without_key(log: CourseLog, seed: int) -> tuple[Numbers, float]:
    """No bugs, and the numbers of the ``bkt`` belief, of items for their skills."""
    found, loss = fit_tracing(log, seed)
    c = log.curriculum
    asked = np.array(c.q)[np.asarray(c.asks, bool)].astype(float)
    guess = np.asarray(found["guess"])[np.asarray(c.asks, bool)].mean() if len(asked) else 0.25
    q = np.array(c.q, float)
    times, times_asked = np.maximum(q.sum(axis=0), 1.0), np.maximum(asked.sum(axis=0), 1.0)
    prior = np.asarray(found["prior"])
    parents = np.where(c.prerequisites, prior, 1.0).prod(axis=1)
    return {
        "prior": np.clip(prior / parents, 0.001, 0.999),
        "misconceived": 0.0,
        "learn": np.asarray(found["learn"]) @ q / times,
        "catch": 0.0,
        "slip": np.asarray(found["slip"])[np.asarray(c.asks, bool)] @ asked / times_asked,
        "stray": USUAL["stray"],
        "diagnostic": np.zeros((c.n_items, 1), int),
        "options": int(np.clip(round(1.0 / max(guess, 1e-9)), 2, MOST_OPTIONS)),
        "leak": found["leak"],
    }, loss


@dataclass(frozen=True)
class _Sought:
    """A log, the key of its items, and what a point of the search makes of them."""

    log: CourseLog
    key: AnswerKey

    @property
    def start(self) -> tuple[Floats, Floats]:
        """Where the search begins: (6, K) numbers of skills and (3,) shared ones, as logarithms of odds."""
        usual = [(USUAL["prior"], USUAL["misconceived"]), (USUAL["learn"], self.bugs * USUAL["catch"])]
        odds = [p / (1.0 - sum(pair)) for pair in usual for p in pair]
        odds += [USUAL[name] / (1.0 - USUAL[name]) for name in ("slip", "stray")]
        shared = [STICKY / (1.0 - STICKY), REFUTE - 1.0, LEAK / (1.0 - LEAK)]
        if GUIDED in self.sized:
            shared.append(GUIDED_REFUTES / (1.0 - GUIDED_REFUTES))
        shared += [1.0] * (2 * len(self.sized))
        return np.repeat(np.log(odds)[:, None], self.log.curriculum.n_skills, axis=1), np.log(shared)

    @property
    def bugs(self) -> int:
        """B."""
        return self.key.told.shape[1]

    @property
    def sized(self) -> list[int]:
        """The approaches that are told apart from practice."""
        there = np.unique(self.log.curriculum.approach)
        return [int(a) for a in there if a != PRACTICE] if self.key.by_approach else []

    def numbers(self, own: Floats, shared: Floats) -> Numbers:
        """The arguments of the belief."""
        odds, (sticky, refute, leak, *others) = np.exp(own), np.exp(shared)
        start, lesson = 1.0 + odds[0] + odds[1], 1.0 + odds[2] + odds[3]
        guided = others.pop(0) if GUIDED in self.sized else 0.0
        factors = np.minimum(others, MOST_FACTOR).reshape(-1, 2).tolist()
        of_approaches = {
            "approaches": {APPROACHES[a]: pair for a, pair in zip(self.sized, factors, strict=True)},
            "guided_refutes": float(guided / (1.0 + guided)),
        }
        return {
            "prior": odds[0] / start,
            "misconceived": odds[1] / start,
            "learn": odds[2] / lesson,
            "catch": odds[3] / lesson / self.bugs,
            "slip": odds[4] / (1.0 + odds[4]),
            "stray": odds[5] / (1.0 + odds[5]),
            "diagnostic": self.key.told.astype(int),
            "options": self.key.options,
            "sticky": float(sticky / (1.0 + sticky)),
            "refute": float(min(1.0 + refute, 100.0)),
            "leak": float(leak / (1.0 + leak)) if self.log.curriculum.prerequisites.any() else 0.0,
            **(of_approaches if self.sized else {}),
        }

    def losses(self, own: Floats, shared: Floats) -> Floats:
        """(K,) each skill's part of the mean log-loss of which option comes next, and the pull to usual numbers."""
        belief = MisconceptionsBelief(self.log.curriculum, **self.numbers(own, shared))
        (usual, both), k = self.start, own.shape[1]
        pull = ((own - usual) ** 2).sum(axis=0) + ((shared - both) ** 2).sum() / k
        return belief.foretold(self.log, whole=True) + RIDGE * pull / k

    def total(self, own: Floats, shared: Floats) -> Floats:
        """(1,) the sum of the losses."""
        return self.losses(own, shared).sum(keepdims=True)
