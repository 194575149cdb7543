"""Training of deep knowledge tracing, to be run as a student: from a log or from simulated students, with torch.

``python -m zpdgym.experiments.calibration.dkt SCENARIO FOLDER`` trains a network on students of the scenario who are
taught at random, and writes ``dkt.json`` and ``weights.safetensors``; ``student=dkt student.weights=FOLDER`` runs it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError
from zpdgym.moved import with_former_names
from zpdgym.parameters import Number, Table, read_arguments

from ...students.neural.dkt import DKT
from ...students.neural.dkt_files import shapes, write_network
from .dkt_lessons import Lessons, as_log, bkt_beside, foretold, random_lessons, share_by_item
from .held_out import auc, held_out, log_loss

if TYPE_CHECKING:
    from ...envs.scenario import Scenario
    from ...students.curriculum.curriculum import Curriculum

__all__ = ["DeepTracing"]

Floats = npt.NDArray[np.float64]
Say = Callable[[str], None]
CLIP = 5.0
"""Gradients are scaled down to this norm."""


@dataclass(frozen=True, kw_only=True)
class DeepTracing:
    """One recurrent network over all skills (Piech et al. 2015) with the regularisers of DKT+ (Yeung & Yeung 2018).

    The loss is the mean cross-entropy of every answer, foretold from the student's earlier lessons (the first one from
    a start state that is learnt too), plus
    ``reconstruction`` times that of the answer just given, by the state after it, plus
    ``waviness_l1`` and ``waviness_l2`` times the mean absolute and squared change of all predictions from one lesson
    to the next.

    Args:
        hidden: units of the network.
        reconstruction, waviness_l1, waviness_l2: weights of the regularisers.
        learning_rate: of Adam.
        batch: students looked at together.
        epochs: passes over the students at most.
        patience: training ends when so many passes have brought nothing on the students held out for that.
        validation: the share of those.
        longest: lessons of one student that are looked at in training; later ones are left out.
        min_answers: skills of a log with fewer answers are left out.
    """

    PARAMETERS: ClassVar[Table] = {
        "hidden": Number("units of the network", low=1, high=512, whole=True),
        "reconstruction": Number("weight of a regulariser", low=0, high=100),
        "waviness_l1": Number("weight of a regulariser", low=0, high=100),
        "waviness_l2": Number("weight of a regulariser", low=0, high=100),
        "learning_rate": Number("of Adam", low=1e-6, high=1),
        "batch": Number("students looked at together", low=1, high=4096, whole=True),
        "epochs": Number("passes over the students at most", low=1, high=10_000, whole=True),
        "patience": Number("passes without progress that end the training", low=1, high=10_000, whole=True),
        "validation": Number("share of students held out for that", low=0.01, high=0.5),
        "longest": Number("lessons of one student that are looked at", low=1, high=10_000, whole=True),
        "min_answers": Number("skills with fewer answers are left out", low=1, high=10**9, whole=True),
    }

    hidden: int = 32
    reconstruction: float = 0.1
    waviness_l1: float = 0.003
    waviness_l2: float = 3.0
    learning_rate: float = 0.01
    batch: int = 64
    epochs: int = 40
    patience: int = 6
    validation: float = 0.1
    longest: int = 200
    min_answers: int = 300

    def __post_init__(self) -> None:
        for name, value in vars(read_arguments(self.PARAMETERS, vars(self), "model")).items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True)
class Trained:
    """A trained network.

    Attributes:
        weights: the arrays that ``zpdgym.students.neural.dkt_files.shapes`` names, float32.
        curve: the log-loss of one answer ahead on the validation students after every pass.
        best: the pass whose weights these are, from 1.
    """

    weights: dict[str, npt.NDArray[np.float32]]
    curve: list[float]
    best: int


def train(lessons: Lessons, n_items: int, settings: DeepTracing, *, seed: int = 0, say: Say | None = None) -> Trained:
    """Train a network; the same lessons, settings and seed give the same bytes (on the same kind of machine).

    Args:
        lessons: of at least two students.
        n_items: M, how many items there are.
        settings: of the network and the training.
        seed: of the first weights, the order of students, and who is held out.
        say: told how every pass went.

    Raises:
        InputError: torch is not there, or too few students have answered.
    """
    g = np.random.default_rng([seed, 7])
    asked = np.add.reduceat(lessons.answered, lessons.offsets[:-1]) > 0 if lessons.n_students else np.zeros(0, bool)
    order = g.permutation(np.flatnonzero(asked))
    n_held = max(1, round(settings.validation * len(order)))
    if len(order) - n_held < 1:
        raise InputError(f"{lessons.source}: {len(order)} students with answers are too few to train a DKT on")
    held, kept = lessons.of(np.sort(order[:n_held])), lessons.of(np.sort(order[n_held:]))
    with _one_thread():
        network = _Network(_first_weights(kept, n_items, settings, g), settings)
        best, curve = (np.inf, 0, network.weights()), []
        for epoch in range(1, settings.epochs + 1):
            network.learn(kept, g.permutation(kept.n_students))
            curve.append(network.loss(held))
            if say is not None:
                say(f"pass {epoch}: log-loss {curve[-1]:.4f} on {held.n_students:,} students held out")
            if curve[-1] < best[0]:
                best = (curve[-1], epoch, network.weights())
            elif epoch - best[1] >= settings.patience:
                break
            else:
                network.slow_down()
    return Trained(best[2], curve, best[1])


def _first_weights(lessons: Lessons, n_items: int, settings: DeepTracing, g: np.random.Generator) -> dict[str, Floats]:
    """Uniform within 1 / sqrt(H), as torch's own; memory kept open at first, predictions at each item's share."""
    h = settings.hidden
    weights = {name: g.uniform(-1.0, 1.0, shape) / h**0.5 for name, shape in shapes(n_items, h).items()}
    weights["bias"][h : 2 * h] = 1.0
    weights["start"][:] = 0.0
    share = np.clip(share_by_item(lessons, n_items), 0.02, 0.98)
    weights["output_bias"] = np.log(share / (1.0 - share))
    return weights


@contextmanager
def _one_thread() -> Iterator[None]:
    """Torch on one thread, so that sums are added in one order; its settings and its own generator are put back."""
    torch = _torch()
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.set_rng_state(state)


def _torch() -> Any:
    try:
        import torch
    except ModuleNotFoundError as error:
        raise InputError("training a DKT needs the package torch: pip install 'zpdgym[rl]'") from error
    return torch


class _Network:
    """The network in torch, with its optimiser."""

    def __init__(self, first: dict[str, Floats], settings: DeepTracing) -> None:
        self.torch, self.settings = _torch(), settings
        self.n_items, hidden = first["output"].shape
        self.lstm = self.torch.nn.LSTM(3 * self.n_items, hidden, batch_first=True)
        self.rest = {k: self._parameter(first[k]) for k in ("output", "output_bias", "start")}
        with self.torch.no_grad():
            self.lstm.weight_ih_l0.copy_(self._tensor(first["input"].T))
            self.lstm.weight_hh_l0.copy_(self._tensor(first["recurrent"].T))
            self.lstm.bias_ih_l0.copy_(self._tensor(first["bias"]))
            self.lstm.bias_hh_l0.zero_()
        self.parameters = [*self.lstm.parameters(), *self.rest.values()]
        self.adam = self.torch.optim.Adam(self.parameters, lr=settings.learning_rate)
        self.hot = self.torch.eye(3 * self.n_items)

    def _tensor(self, array: Any) -> Any:
        return self.torch.from_numpy(np.array(array, np.float32, order="C"))

    def _parameter(self, array: Any) -> Any:
        return self.torch.nn.Parameter(self._tensor(array))

    def weights(self) -> dict[str, npt.NDArray[np.float32]]:
        """The arrays as the student takes them."""
        told = {
            "input": self.lstm.weight_ih_l0.T,
            "recurrent": self.lstm.weight_hh_l0.T,
            "bias": self.lstm.bias_ih_l0 + self.lstm.bias_hh_l0,
            **self.rest,
        }
        return {k: np.array(v.detach().numpy(), np.float32, order="C") for k, v in told.items()}

    def predict(self, items: Any, answers: Any) -> Any:
        """(B, T + 1, M) logits before every lesson and after the last, from (B, T) items and answers."""
        kind = np.where(answers < 0, 2, answers).astype(np.int64)
        told = self.torch.from_numpy(3 * np.maximum(items, 0) + kind)
        hidden, cell = (x.expand(1, len(items), -1).contiguous() for x in self.rest["start"][:, None, None, :])
        after, _ = self.lstm(self.hot[told], (hidden, cell))
        states = self.torch.cat([hidden.transpose(0, 1), after], dim=1)
        return states @ self.rest["output"].T + self.rest["output_bias"]

    def losses(self, items: Any, answers: Any) -> dict[str, Any]:
        """The terms of the loss, each a mean: one answer ahead, reconstruction, and the two kinds of waviness."""
        torch = self.torch
        logits = self.predict(items, answers)
        there, asked = torch.from_numpy(items >= 0), torch.from_numpy(answers >= 0)
        column = torch.from_numpy(np.maximum(items, 0))[:, :, None]
        right = torch.from_numpy(answers.astype(np.float32))[asked]
        entropy = torch.nn.functional.binary_cross_entropy_with_logits
        before, after = (z.gather(2, column)[:, :, 0][asked] for z in (logits[:, :-1], logits[:, 1:]))
        change = logits.sigmoid().diff(dim=1)[there]
        return {
            "ahead": entropy(before, right),
            "reconstruction": entropy(after, right),
            "waviness_l1": change.abs().mean(),
            "waviness_l2": change.square().mean(),
        }

    def learn(self, lessons: Lessons, order: npt.NDArray[np.int64]) -> None:
        """One pass over the students in this order."""
        s = self.settings
        for first in range(0, len(order), s.batch):
            chosen = lessons.of(order[first : first + s.batch])
            items, answers = chosen.padded(s.longest)
            if not (answers >= 0).any():
                continue
            terms = self.losses(items, answers)
            loss = terms.pop("ahead") + sum(getattr(s, name) * value for name, value in terms.items())
            self.adam.zero_grad()
            loss.backward()
            self.torch.nn.utils.clip_grad_norm_(self.parameters, CLIP)
            self.adam.step()

    def slow_down(self) -> None:
        """Halve the learning rate."""
        for group in self.adam.param_groups:
            group["lr"] /= 2

    def loss(self, lessons: Lessons) -> float:
        """The mean log-loss of one answer ahead, without the regularisers."""
        total, count = 0.0, 0
        with self.torch.no_grad():
            for first in range(0, lessons.n_students, 256):
                part = lessons.of(np.arange(first, min(first + 256, lessons.n_students)))
                items, answers = part.padded(self.settings.longest)
                n = int((answers >= 0).sum())
                total += float(self.losses(items, answers)["ahead"]) * n if n else 0.0
                count += n
        return total / max(count, 1)


def checks(model: DKT, train_on: Lessons, test: Lessons, *, starts: int = 2, seed: int = 0) -> dict[str, Any]:
    """How well a network foretells answers of students that it has not seen, and what else would have.

    Returns:
        ``held_out.held_out`` of the network, ``students``, and for comparison ``auc`` and
        ``log_loss`` of ``bkt`` (plain knowledge tracing by skill, fitted to the same lessons), and of the ``truth``
        where the students are simulated (somebody who looks inside them).
    """
    asked = test.answered
    right, c = test.answer[asked], model.curriculum
    share = share_by_item(train_on, c.n_items)[test.item[asked]]
    told = {"students": test.n_students, **held_out(right, foretold(model, test)[asked], share)}
    answers, p = bkt_beside(as_log(train_on, c), as_log(test, c), starts=starts, seed=seed)
    told["bkt"] = {"auc": auc(answers, p), "log_loss": log_loss(answers, p)}
    if test.truth is not None:
        truth = test.truth[asked]
        told["truth"] = {"auc": auc(right, truth), "log_loss": log_loss(right, truth)}
    return told


def imitate(
    scenario: Scenario, folder: Path, *, settings: DeepTracing | None = None, n_students: int = 3000,
    n_test: int = 1000, seed: int = 0, made_by: str = "", say: Say | None = None,
) -> DKT:  # fmt: skip
    """Train a network to imitate the students of a scenario, taught at random, and write it.

    Args:
        scenario: whose students and curriculum.
        folder: gets ``dkt.json`` and ``weights.safetensors``.
        settings: of the training; None: the defaults.
        n_students: to train on.
        n_test: others, to check on.
        seed: of the students and the training.
        made_by: the command, for the card.
        say: told how it goes.
    """
    settings = settings or DeepTracing()
    lessons = random_lessons(scenario, n_students=n_students, seed=2 * seed)
    test = random_lessons(scenario, n_students=n_test, seed=2 * seed + 1)
    curriculum = scenario.curriculum
    trained = train(lessons, curriculum.n_items, settings, seed=seed, say=say)
    about = {"made_by": made_by, "sections": students_digest(scenario)}
    return keep(folder, trained, curriculum, lessons, test, settings, seed=seed, about=about)


def students_digest(scenario: Scenario) -> str:
    """A fingerprint of a scenario's students and of how they are taught."""
    sections = with_former_names({k: scenario.sections[k] for k in ("curriculum", "student", "population", "schedule")})
    return hashlib.sha256(json.dumps(sections, sort_keys=True, default=str).encode()).hexdigest()[:16]


def keep(
    folder: Path, trained: Trained, curriculum: Curriculum, lessons: Lessons, test: Lessons, settings: DeepTracing,
    *, seed: int, about: dict[str, Any],
) -> DKT:  # fmt: skip
    """Write a network with its checks on ``test`` and what else its card should say; give it back as a student."""
    about = {
        **about,
        "trained_on": lessons.source,
        "students": lessons.n_students,
        "lessons": len(lessons.item),
        "settings": asdict(settings),
        "seed": seed,
        "passes": len(trained.curve),
        "best_pass": trained.best,
    }
    write_network(folder, trained.weights, curriculum, about)
    model = DKT(curriculum, weights=folder.absolute())
    found = checks(model, lessons, test, seed=seed)
    write_network(folder, trained.weights, curriculum, {**about, "held_out": _rounded(found)})
    return DKT(curriculum, weights=folder.absolute())


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    return round(value, 5) if isinstance(value, float) else value


def lines(held: dict[str, Any]) -> list[str]:
    """The checks in words, as lines to print."""
    told = [
        f"{held['answers']:,} answers of {held['students']:,} other students: AUC {held['auc']:.3f}, log-loss "
        f"{held['log_loss']:.4f} ({held['log_loss_of_skill_mean']:.4f} by the item's mean), predictions off by "
        f"{100 * held['calibration_error']:.1f} points on average"
    ]
    for key, name in (("bkt", "knowledge tracing (BKT) on the same"), ("truth", "who looks inside the students")):
        if key in held:
            told.append(f"{name}: AUC {held[key]['auc']:.3f}, log-loss {held[key]['log_loss']:.4f}")
    return told


def main(arguments: list[str]) -> int:
    """``python -m zpdgym.experiments.calibration.dkt SCENARIO FOLDER``."""
    from ...envs.scenario import Scenario

    about = (__doc__ or "").split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m zpdgym.experiments.calibration.dkt", description=about)
    parser.add_argument("scenario", help="a name, or the path of a scenario file: whose students are imitated")
    parser.add_argument("folder", type=Path, help="where dkt.json and weights.safetensors go")
    parser.add_argument("--students", type=int, default=3000, help="to train on (default 3000)")
    parser.add_argument("--hidden", type=int, default=DeepTracing.hidden, help="units of the network (default 32)")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    try:
        scenario = Scenario.load(given.scenario)
        made_by = f"python -m zpdgym.experiments.calibration.dkt {given.scenario} FOLDER"
        model = imitate(
            scenario, given.folder, settings=DeepTracing(hidden=given.hidden), n_students=given.students,
            seed=given.seed, made_by=made_by, say=lambda line: print(line, file=sys.stderr),
        )  # fmt: skip
    except InputError as error:
        print(f"zpdgym: {error}", file=sys.stderr)
        return 2
    print("\n".join(lines(model.card["about"]["held_out"])))
    alike = "" if scenario.sections["population"] is None else " population=alike"
    print(f"use it: scenario={given.scenario} student=dkt student.weights={given.folder}/dkt.json{alike}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
