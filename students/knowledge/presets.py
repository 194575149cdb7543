"""Skills and items like those of real logs: parameters drawn from distributions that were fitted to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations, unknown

from ..curriculum.curriculum import Curriculum
from ..population import Population
from .bkt import BKT

__all__ = ["fitted_bkt"]

PARAMETERS = ("prior", "learn", "guess", "slip")
"""The four numbers of Bayesian knowledge tracing, in this order everywhere."""

MAX_DRAWS = 1000


def _logistic(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return 1.0 / (1.0 + np.exp(-x))


def logit(p: npt.NDArray[np.float64] | float) -> npt.NDArray[np.float64]:
    """log(p / (1 - p))."""
    p = np.asarray(p, np.float64)
    return np.log(p) - np.log1p(-p)


@dataclass(frozen=True)
class HyperPrior:
    """How the parameters of skills are spread: normal on the logit scale, with correlations between parameters.

    Attributes:
        means: (4,) means of the logits of ``PARAMETERS``.
        sds: (4,) their standard deviations.
        correlations: pairs that are not zero, e.g. ``{("learn", "guess"): -0.56}``.
        max_guess, max_slip: skills above are drawn again (above .5 an answer says the opposite of what it should).
        max_sum: skills with guess + slip at or above are drawn again.
        source: where the numbers come from.
    """

    means: tuple[float, ...]
    sds: tuple[float, ...]
    correlations: Mapping[tuple[str, str], float] = field(default_factory=dict)
    max_guess: float = 0.5
    max_slip: float = 0.5
    max_sum: float = 0.9
    source: str = ""

    def correlation_matrix(self) -> npt.NDArray[np.float64]:
        """(4, 4) correlations of the logits, in the order of ``PARAMETERS``."""
        matrix = np.eye(len(PARAMETERS))
        for (a, b), value in self.correlations.items():
            i, j = PARAMETERS.index(a), PARAMETERS.index(b)
            matrix[i, j] = matrix[j, i] = value
        return matrix

    def draw(self, n_skills: int, *, seed: int) -> dict[str, npt.NDArray[np.float64]]:
        """Parameters of ``n_skills`` imagined skills: ``{"prior": (K,), "learn": …, "guess": …, "slip": …}``.

        Skill k of a seed is the same for every ``n_skills``.

        Raises:
            InputError: the spread leaves almost no skill inside the bounds.
        """
        wrong = Violations("draw_parameters")
        wrong.unless(n_skills >= 1, f"n_skills={n_skills} must be at least 1")
        wrong.raise_any()
        root = np.linalg.cholesky(self.correlation_matrix()).astype(np.float64)
        rows = [self._one(np.random.default_rng([seed, k]), root) for k in range(n_skills)]
        return {name: np.array(values) for name, values in zip(PARAMETERS, zip(*rows, strict=True), strict=True)}

    def _one(self, generator: np.random.Generator, root: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        for _ in range(MAX_DRAWS):
            values = _logistic(np.array(self.means) + np.array(self.sds) * (root @ generator.standard_normal(4)))
            guess, slip = values[2], values[3]
            if guess <= self.max_guess and slip <= self.max_slip and guess + slip < self.max_sum:
                return values
        raise InputError(f"draw_parameters: none of {MAX_DRAWS} draws had guess and slip within their bounds")


PRESETS: dict[str, HyperPrior] = {
    "assistments2015": HyperPrior(
        means=(0.65, -0.98, -0.90, -1.83),
        sds=(0.87, 1.0, 0.75, 0.60),
        correlations={("learn", "guess"): -0.56, ("prior", "slip"): -0.51, ("guess", "slip"): -0.32},
        source="BKT fits to ASSISTments 2015 (544,094 answers, 99 skills), non-degenerate skills",
    ),
    "assistments2009": HyperPrior(
        means=(0.64, -2.40, -1.77, -1.59),
        sds=(1.51, 1.43, 1.35, 1.09),
        source="BKT fits to ASSISTments 2009 skill builders (405,255 answers, 95 skills), non-degenerate skills",
    ),
    "statics": HyperPrior(
        means=(0.82, -1.57, -0.98, -2.06),
        sds=(1.44, 1.69, 0.87, 1.25),
        source="BKT fits to Statics 2011 (184,605 answers, 72 skills), non-degenerate skills",
    ),
    "spanish": HyperPrior(
        means=(-1.90, -1.17, -1.41, -2.52),
        sds=(1.94, 0.90, 0.81, 0.73),
        correlations={("learn", "slip"): -0.64, ("prior", "learn"): 0.51},
        source="BKT fits to Spanish vocabulary, Lindsey et al. 2014 (99,331 answers, 176 skills), non-degenerate",
    ),
    "recommended": HyperPrior(
        means=(0.0, -1.7, -1.4, -2.0),
        sds=(1.2, 1.0, 0.8, 0.7),
        correlations={("learn", "guess"): -0.4, ("prior", "slip"): -0.4},
        max_guess=0.45,
        max_slip=0.35,
        source="a prior of ours between the four fitted logs",
    ),
}
"""Distributions of BKT parameters over skills, fitted to public logs (five EM starts, at least 300 answers a skill)."""


def draw_parameters(n_skills: int, *, preset: str = "recommended", seed: int = 0) -> dict[str, npt.NDArray[np.float64]]:
    """BKT parameters of imagined skills that look like those of a real log.

    Args:
        n_skills: K, how many.
        preset: ``assistments2009``, ``assistments2015``, ``statics``, ``spanish`` or ``recommended``.
        seed: another seed, other skills; skill k of a seed does not depend on ``n_skills``.

    Returns:
        ``{"prior": (K,), "learn": (K,), "guess": (K,), "slip": (K,)}`` float64 in (0, 1).

    Raises:
        InputError: no such preset.
    """
    if not isinstance(preset, str) or preset not in PRESETS:
        raise unknown("preset", str(preset), PRESETS)
    return PRESETS[preset].draw(n_skills, seed=seed)


def fitted_bkt(
    curriculum: Curriculum,
    *,
    preset: str = "recommended",
    seed: int = 0,
    by_item: Sequence[str] = (),
    population: Population | None = None,
    **options: Any,
) -> BKT:
    """BKT students whose skills, or items, are as those of a real log are.

    Args:
        curriculum: what is taught.
        preset: which log; see ``draw_parameters``. Items vary about their skill with half of the skills' spread (a
            prior: the logs' fits are by skill).
        seed: another seed, other skills and items.
        by_item: which of learn, guess and slip each item has of its own (KT-IDEM: guess and slip; Pardos & Heffernan
            2011, UMAP; learn: Pardos & Heffernan 2009, EDM). Items' own numbers take the place of what difficulty,
            length and approach would make of the skill's.
        population: where the students come from.
        **options: other arguments of ``BKT``.

    Raises:
        InputError: no such preset or parameter, or an argument that ``BKT`` refuses.
    """
    skills = draw_parameters(curriculum.n_skills, preset=preset, seed=seed)
    own: dict[str, npt.NDArray[np.float64]] = {}
    for name in by_item:
        if name not in PARAMETERS[1:]:
            raise unknown("parameter in by_item", str(name), PARAMETERS[1:])
        column, generator = PARAMETERS.index(name), np.random.default_rng([seed, PARAMETERS.index(name), 1])
        mean = (curriculum.q * logit(skills[name])).sum(axis=1) / curriculum.q.sum(axis=1)
        spread = 0.5 * PRESETS[preset].sds[column]
        value = _logistic(mean + spread * generator.standard_normal(curriculum.n_items))
        own[f"{name}_by_item"] = value if name == "learn" else np.minimum(value, 0.49)
    return BKT(curriculum, population=population, **{**skills, **own, **options})


def hyper_prior(parameters: Sequence[npt.NDArray[np.float64]], *, source: str) -> HyperPrior:
    """The logit-normal spread of fitted skills.

    Args:
        parameters: four arrays (K,) in the order of ``PARAMETERS``, each inside (0, 1); K >= 2.
        source: where they come from, in words.

    Returns:
        means, standard deviations and all six correlations of the logits.
    """
    logits = np.stack([logit(p) for p in parameters])
    sds = logits.std(axis=1, ddof=1)
    matrix = np.atleast_2d(np.corrcoef(logits))
    pairs = {(PARAMETERS[i], PARAMETERS[j]): float(matrix[i, j]) for i in range(4) for j in range(i + 1, 4)}
    means = tuple(float(x) for x in logits.mean(axis=1))
    return HyperPrior(means=means, sds=tuple(float(x) for x in sds), correlations=pairs, source=source)


def to_json(prior: HyperPrior) -> dict[str, Any]:
    """A hyper-prior as plain numbers and names."""
    return {
        "means": dict(zip(PARAMETERS, prior.means, strict=True)),
        "sds": dict(zip(PARAMETERS, prior.sds, strict=True)),
        "correlations": {f"{a}-{b}": value for (a, b), value in prior.correlations.items()},
        "source": prior.source,
    }
