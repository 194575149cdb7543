"""From a real log to a network that imitates its learners, checked beside knowledge tracing, and to its world."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...configs.build import TARGET, build
from ...students.curriculum.builders import independent
from ...students.neural.dkt import DKT
from ...students.neural.dkt_files import CARD, write_network
from ..places import below_here
from .answers import share_right
from .dkt import DeepTracing, train
from .dkt_lessons import foretold, lessons_of
from .held_out import held_out
from .knowledge_tracing import CURVES, KnowledgeTracing, Work
from .world import POPULATION, REFERENCE_MINUTES, with_belief

if TYPE_CHECKING:
    from .dkt import Trained
    from .logs import Log

ITEMS: tuple[dict[str, Any], ...] = (
    {"approach": "practice", "difficulty": 0.0, "minutes": REFERENCE_MINUTES, "exam": True},
)
"""The item of every skill: the log knows skills only, and so does the network."""


class DeepWork(Work):
    """One log that a network is trained on; knowledge tracing is fitted beside it, as the model to beat."""

    network: Trained
    trained_on: dict[str, Any]

    def __init__(self, log: Log, model: DeepTracing, seed: int, tell: Callable[[str], None]) -> None:
        super().__init__(log, KnowledgeTracing(min_answers=model.min_answers), seed, tell)
        self.deep = model

    def check(self, test: Log | None, holdout: float) -> dict[str, Any]:
        """Train the network (without those held out), and see how well it foretells answers of other students."""
        held = super().check(test, holdout)
        trained, unseen, _ = self.split(test, holdout)
        lessons, others = lessons_of(trained, self.names), lessons_of(unseen, self.names)
        self.tell(f"training a network of {self.deep.hidden} units on {lessons.n_students:,} students")
        began = time.perf_counter()
        self.network = train(lessons, len(self.names), self.deep, seed=self.seed, say=self.tell)
        self.seconds += time.perf_counter() - began
        self.trained_on = {"students": lessons.n_students, "lessons": len(lessons.item)}
        with tempfile.TemporaryDirectory() as folder:
            curriculum = independent(self.names, items=ITEMS)
            write_network(Path(folder), self.network.weights, curriculum, {})
            p = foretold(DKT(curriculum, weights=folder), others)
        student = np.repeat(np.arange(others.n_students), np.diff(others.offsets))
        order = np.lexsort((np.arange(len(p)), others.item, student))  # as the sequences of knowledge tracing stand
        self.foretold = p[order]
        share = share_right(trained, self.names)[others.item[order]]
        bkt = {key: held[key] for key in ("auc", "log_loss", "rmse", "accuracy", "calibration_error")}
        return {**held, **held_out(self.test.correct, self.foretold, share), "bkt": bkt}

    def files(self) -> dict[str, dict[str, list[Any]]]:
        """The tables; curves of everybody who started are not for a network that needs answers to go on from."""
        return {name: table for name, table in super().files().items() if name != CURVES}

    def summary(self, settings: Mapping[str, Any], held: Mapping[str, Any]) -> dict[str, Any]:
        """summary.json."""
        curve = [round(loss, 6) for loss in self.network.curve]
        about = {**self.trained_on, "best_pass": self.network.best, "validation_log_loss": curve}
        return {**super().summary(settings, held), "network": about}

    def world(self, folder: Path, beside: Path, plan: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Write the network of the world's skills, and give the sections of the world with its tutor's belief."""
        sections = self.sections(folder.name, plan)
        curriculum = build(sections["curriculum"], "curriculum")
        named = {name: k for k, name in enumerate(independent(self.names, items=ITEMS).items)}
        named |= {f"skill {name}": k for name, k in named.items() if name.split(" ")[0].isdecimal()}
        chosen = np.array([named[item] for item in curriculum.items])
        weights = dict(self.network.weights)
        weights["input"] = weights["input"][(3 * chosen[:, None] + np.arange(3)).ravel()]
        weights["output"], weights["output_bias"] = weights["output"][chosen], weights["output_bias"][chosen]
        about = {"made_by": "zpdgym calibrate model=dkt", "trained_on": self.log.size, **self.trained_on,
                 "settings": asdict(self.deep), "seed": self.seed, "best_pass": self.network.best}  # fmt: skip
        write_network(beside, weights, curriculum, about)
        written, told = with_belief({**sections, "student": _student(beside)}, plan)
        return {**written, "student": _student(folder)}, told

    def sections(self, name: str, plan: Mapping[str, Any]) -> dict[str, Any]:
        """The sections of the world, without student and belief."""
        told = super().sections(name, plan)
        gradual = told["unexpected"]["gradual"]
        told["curriculum"]["items"] = [dict(item) for item in ITEMS]
        told["unexpected"] = {
            "known_or_not": {"student": told["student"], "population": POPULATION},
            "gradual": gradual,
        }
        told["population"] = None
        told["assumptions"] = [
            f"A neural network imitates the pupils of {self.log.size}: it foretells the next answer from "
            "all earlier ones.",
            "The log shows what happened under the teaching that there was. What would happen under another is a "
            "guess of the network's; a policy that is trained on it learns to use its mistakes. Believe only what "
            "holds for the unexpected pupils too.",
            "Days change nothing, and pupils differ by their answers only.",
        ]
        source = f"trained on {self.log.size}, as zpdgym calibrate model=dkt does"
        kept = ("schedule", "belief")
        told["sources"] = {
            "student": source,
            **{key: told["sources"][key] for key in kept},
            "curriculum.items": "the log knows skills only, so every skill is one item; prior: its length",
            "unexpected": "knowledge tracing fitted to the same log, with a prior's spread of learning rates; and "
            "another family, who start with the log's share of right answers and learn gradually (prior)",
        }
        return told


def _student(folder: Path) -> dict[str, Any]:
    return {TARGET: "zpdgym.students.DKT", "weights": ((below_here(folder) or folder) / CARD).as_posix()}
