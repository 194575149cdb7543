"""Where students come from: individual differences, mixtures and named groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations, shown, unknown
from zpdgym.parameters import LARGEST, Parameter, Table, number_of

__all__ = ["Population"]

MAX_SD = 5.0
MAX_SHIFT = 10.0
_SMALLEST = 2.0**-54  # half the smallest step of a uniform: keeps the inverse normal finite at u = 0


def normals(u: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Standard normal deviates from uniforms in [0, 1), by inverse CDF."""
    from scipy.special import ndtri  # a scalar loop in C: the same bits for every n

    return ndtri(np.maximum(u, _SMALLEST))


@dataclass(frozen=True, kw_only=True)
class Group:
    """One kind of students: its share of the population and how it differs from the typical student.

    Attributes:
        name: what people call it ("slow learners").
        share: its part of the population, in (0, 1].
        shift: by how much each trait lies above the typical student's, on the trait's logit or log scale.
        sd: the spread of each trait within the group; a trait not named has the population's.
    """

    name: str
    share: float
    shift: Mapping[str, float]
    sd: Mapping[str, float]


class Population:
    """How students differ from each other: named groups, each with its own shifts, and normal spread within them.

    A student is drawn in two steps: the group by its share, then one deviate per trait,
    ``shift + sd * normal``. The student model says which traits it has and what they move; all lie on a logit scale
    (probabilities) or a log scale (rates), so no draw can leave the range of what it moves. Without arguments all
    students are alike.

    Args:
        groups, sd, correlation: see ``PARAMETERS``.

    Raises:
        InputError: shares that do not sum to 1, duplicate names, numbers out of range, unknown keys, or correlations
            that no distribution can have.

    Example:
        >>> Population([{"name": "fast", "share": 0.5, "shift": {"learn": 0.8}},
        ...             {"name": "slow", "share": 0.5, "shift": {"learn": -0.8}}], sd={"prior": 0.5}).group_names
        ('fast', 'slow')
    """

    PARAMETERS: ClassVar[Table] = {
        "groups": Parameter(
            "kinds of students, whose shares sum to 1, each with shift and sd of some traits; none: one group, all",
            allowed="list of name, share in (0, 1], shift: {trait: [-10, 10]}, sd: {trait: [0, 5]}", optional=True,
        ),
        "sd": Parameter(
            "spread of each trait in every group that does not set its own; traits not named do not vary",
            allowed="trait: [0, 5]", optional=True,
        ),
        "correlation": Parameter(
            "of pairs of traits within a group, such as 'learn,prior'", allowed="trait,trait: [-1, 1]", optional=True
        ),
    }  # fmt: skip

    def __init__(
        self,
        groups: Sequence[Mapping[str, Any]] | None = None,
        *,
        sd: Mapping[str, float] | None = None,
        correlation: Mapping[str, float] | None = None,
    ) -> None:
        wrong = Violations("population")
        self.sd = _numbers(sd, "sd", 0.0, MAX_SD, wrong)
        self.correlation = _pairs(correlation, wrong)
        if groups is not None and not isinstance(groups, list | tuple):
            raise InputError(f"population: groups={shown(groups)} must be a list of groups")
        listed = [{"name": "all", "share": 1.0}] if groups is None else list(groups)
        self.groups = tuple(_group(entry, n, self.sd, wrong) for n, entry in enumerate(listed))
        names = [g.name for g in self.groups]
        for twice in sorted({n for n in names if names.count(n) > 1}):
            wrong.unless(False, f"group name '{twice}' is given twice; names must be unique")
        total = sum(g.share for g in self.groups)
        wrong.unless(abs(total - 1.0) < 1e-6, f"the groups' shares sum to {total:g}, must sum to 1")
        wrong.raise_any()
        self._tables: dict[tuple[str, ...], _Tables] = {}
        self._tables_for(self.traits)

    @property
    def group_names(self) -> tuple[str, ...]:
        """The groups' names, in the order of ``group`` indices."""
        return tuple(g.name for g in self.groups)

    @property
    def traits(self) -> tuple[str, ...]:
        """The traits that this population mentions, sorted."""
        named = {t for g in self.groups for t in (*g.shift, *g.sd)} | {t for pair in self.correlation for t in pair}
        return tuple(sorted(named))

    def draws(self, traits: Sequence[str]) -> int:
        """How many uniforms one student's ``sample`` needs: one for the group and one per trait of the model."""
        return 1 + len(traits)

    def check_traits(self, traits: Sequence[str], model: str) -> None:
        """Refuse traits that the model does not have.

        Raises:
            InputError: naming the trait and the nearest one that exists.
        """
        for trait in self.traits:
            if trait not in traits:
                hint = str(unknown("trait", trait, traits)).partition(".")[2].strip()
                raise InputError(
                    f"the population varies the trait '{trait}', which {model} students do not have. {hint}; "
                    "add population=alike, which fits any students, or population=abilities for difficulty-band ones"
                )

    def sample(
        self, u: npt.NDArray[np.float64], traits: Sequence[str]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Draw students by inverse CDF, each from their own row of uniforms alone.

        Args:
            u: (n, draws(traits)) uniforms in [0, 1).
            traits: the model's traits.

        Returns:
            ``group`` (n,) int64, index into ``groups``, and ``deviates`` (n, len(traits)) float64.
        """
        tables = self._tables_for(tuple(traits))
        group = np.searchsorted(tables.cumulative, u[:, 0], side="right")
        return group, self.deviates(group, u[:, 1 : 1 + len(traits)], traits)

    def deviates(
        self, group: npt.NDArray[np.int64], u: npt.NDArray[np.float64], traits: Sequence[str]
    ) -> npt.NDArray[np.float64]:
        """The traits of students whose group is known: (n, len(traits)), from one uniform of ``u`` per trait.

        A trait's deviate depends on its own draw and on those of the traits before it, so more traits behind them
        change nothing: a layer's traits may correlate with those of the student inside, who were drawn without it.
        """
        tables = self._tables_for(tuple(traits))
        if not tables.varied:
            return tables.shift[group]
        normal = normals(u)
        for t, own, others in tables.mixed:  # not a matrix product, whose rounding may depend on n
            mixed = own * normal[:, t]
            for s, weight in others:
                mixed = mixed + weight * normal[:, s]
            normal[:, t] = mixed
        return tables.shift[group] + tables.sd[group] * normal

    def only(self, traits: Sequence[str]) -> Population:
        """The same groups with these traits alone: what a student gets who is one part of another student."""
        groups = [
            {"name": g.name, "share": g.share, "shift": _some(g.shift, traits), "sd": _some(g.sd, traits)}
            for g in self.groups
        ]
        pairs = {f"{a},{b}": rho for (a, b), rho in self.correlation.items() if a in traits and b in traits}
        return Population(groups, sd=_some(self.sd, traits), correlation=pairs)

    def split(self, kinds: Sequence[tuple[str, float, int]]) -> Population:
        """The groups cut finer, as mixtures of student models do it.

        Args:
            kinds: name, share of all students, and index of the group of this population that it is a part of.
        """
        groups = [
            {"name": name, "share": share, "shift": self.groups[g].shift, "sd": self.groups[g].sd}
            for name, share, g in kinds
        ]
        return Population(
            groups, sd=self.sd, correlation={",".join(pair): rho for pair, rho in self.correlation.items()}
        )

    def _tables_for(self, traits: tuple[str, ...]) -> _Tables:
        if traits not in self._tables:
            self._tables[traits] = _Tables.of(self, traits)
        return self._tables[traits]


@dataclass(frozen=True)
class _Tables:
    """A population as arrays, for one list of traits (G groups, Q traits)."""

    cumulative: npt.NDArray[np.float64]  # (G - 1,) where each group but the last ends
    shift: npt.NDArray[np.float64]  # (G, Q)
    sd: npt.NDArray[np.float64]  # (G, Q)
    mixed: tuple[tuple[int, float, tuple[tuple[int, float], ...]], ...]  # correlated traits, last first: weights
    varied: bool  # does any trait vary within a group

    @classmethod
    def of(cls, population: Population, traits: tuple[str, ...]) -> _Tables:
        groups, matrix = population.groups, np.eye(len(traits))
        for (a, b), rho in population.correlation.items():
            if a in traits and b in traits:
                i, j = traits.index(a), traits.index(b)
                matrix[i, j] = matrix[j, i] = rho
        try:
            factor = np.linalg.cholesky(matrix).astype(np.float64)
        except np.linalg.LinAlgError as error:
            pairs = ", ".join(f"{a},{b}: {rho:g}" for (a, b), rho in population.correlation.items())
            raise InputError(f"population: no distribution has these correlations together ({pairs})") from error
        mixed = tuple(
            (t, float(factor[t, t]), tuple((int(s), float(factor[t, s])) for s in np.flatnonzero(factor[t, :t])))
            for t in reversed(range(len(traits)))
            if factor[t, :t].any()
        )
        sd = np.array([[g.sd.get(t, 0.0) for t in traits] for g in groups]).reshape(len(groups), len(traits))
        shift = np.array([[g.shift.get(t, 0.0) for t in traits] for g in groups]).reshape(len(groups), len(traits))
        return cls(np.cumsum([g.share for g in groups])[:-1], shift, sd, mixed, bool(sd.any()))


def _group(entry: Mapping[str, Any], index: int, sd: Mapping[str, float], wrong: Violations) -> Group:
    where = f"groups[{index}]"
    if not isinstance(entry, Mapping):
        raise InputError(f"population: {where} must be a mapping with name and share, not {shown(entry)}")
    for key in entry:
        if key not in ("name", "share", "shift", "sd"):
            raise unknown(f"key population.{where}.", str(key), ("name", "share", "shift", "sd"))
    name = str(entry.get("name", "")).strip()
    wrong.unless(bool(name), f"{where} has no name")
    share = entry.get("share", 0.0)
    good = _is_number(share) and 0.0 < share <= 1.0
    wrong.unless(good, f"{where}.share={shown(share)} must be a number in (0, 1]: it is a part of the population")
    shift = _numbers(entry.get("shift"), f"{where}.shift", -MAX_SHIFT, MAX_SHIFT, wrong)
    own = _numbers(entry.get("sd"), f"{where}.sd", 0.0, MAX_SD, wrong)
    return Group(name=name, share=float(share) if good else 0.0, shift=shift, sd={**sd, **own})


def _some(numbers: Mapping[str, float], traits: Sequence[str]) -> dict[str, float]:
    return {trait: value for trait, value in numbers.items() if trait in traits}


def _is_number(value: Any) -> bool:
    number = number_of(value)
    return number is not None and abs(number) < LARGEST  # which infinities and NaN are not


def _numbers(
    given: Mapping[str, float] | None, where: str, low: float, high: float, wrong: Violations
) -> dict[str, float]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise InputError(f"population: {where} must map traits to numbers, not {shown(given)}")
    kept: dict[str, float] = {}
    for trait, value in given.items():
        if not isinstance(trait, str):
            raise InputError(f"population: {where} must map names of traits to numbers, not {shown(trait)}")
        good = _is_number(value) and low <= value <= high
        wrong.unless(good, f"{where}.{trait}={shown(value)} must be a number in [{low:g}, {high:g}] (logits)")
        kept[str(trait)] = float(value) if good else 0.0
    return kept


def _pairs(given: Mapping[str, float] | None, wrong: Violations) -> dict[tuple[str, str], float]:
    pairs: dict[tuple[str, str], float] = {}
    for key, value in _numbers(given, "correlation", -1.0, 1.0, wrong).items():
        names = tuple(sorted(part.strip() for part in key.split(",")))
        good = len(names) == 2 and names[0] != names[1] and all(names)
        wrong.unless(good, f"correlation key '{key}' must name two traits, such as 'learn,prior'")
        if good:
            pairs[names[0], names[1]] = value
    return pairs
