"""The results of an experiment as ``zpdgym compare`` leaves them, small and made up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from zpdgym.experiments.comparison.table import comparison
from zpdgym.experiments.store.columns import to_plain
from zpdgym.experiments.store.runs import Run, write_json
from zpdgym.experiments.store.whole import files_of
from zpdgym.seal import Seal
from zpdgym.students.curriculum.curriculum import Curriculum

COLUMNS = (
    ("belief", 1.0), ("ready", 1.0), ("tries", 48.0), ("days_since", 28.0), ("was_last", 1.0), ("last_correct", 1.0),
    ("time_left", 480.0),
)  # fmt: skip


def small_curriculum(names: list[str] | None = None) -> Curriculum:
    """Eight skills in two branches; one practice item and one example each."""
    names = names or [f"Skill {k}" for k in range(8)]
    prerequisites = np.zeros((8, 8), bool)
    for k, before in ((1, [0]), (2, [0]), (3, [1]), (4, [2]), (5, [3, 4, 0]), (6, [2]), (7, [5])):
        prerequisites[k, before] = True
    items = [f"{n} – {kind}" for n in names for kind in ("exercise", "example")]
    return Curriculum(
        name="small", skills=tuple(names), items=tuple(items), q=np.repeat(np.eye(8, dtype=bool), 2, axis=0),
        prerequisites=prerequisites, difficulty=np.zeros(16), minutes=np.full(16, 10.0),
        approach=np.tile([0, 1], 8), topics=("Numbers",) * 4 + ("Letters",) * 4,
    )  # fmt: skip


def teach(curriculum: Curriculum, choose, *, n: int, lessons: int, luck: int, quits: float = 0.0) -> dict:
    """A plain classroom: pupils learn what they are ready for; ``choose(belief, ready, tries)`` teaches them."""
    rng = np.random.default_rng(luck)
    k = curriculum.n_skills
    slow = rng.random(n) < 0.4
    learn = np.where(slow, 0.12, 0.35)
    know = rng.random((n, k)) < 0.1
    belief = np.full((n, k), 0.1)
    tries, since, was_last = np.zeros((n, k)), np.full((n, k), 28.0), np.zeros((n, k))
    last = np.full((n, k), 0.5)
    kept = {
        "items": np.full((n, lessons), -1, np.int16), "correct": np.full((n, lessons), -1, np.int8),
        "day": np.zeros((n, lessons), np.float32), "obs": np.zeros((n, lessons, k, len(COLUMNS)), np.float16),
        "mastery": np.zeros((n, lessons + 1, k), np.float16),
    }  # fmt: skip
    pre, active, rows = know.mean(axis=1), np.full(n, choose is not None), np.arange(n)
    for t in range(lessons):
        parents = np.where(curriculum.prerequisites[None], belief[:, None, :], 1.0).prod(axis=2)
        left = np.full((n, k), 1 - t / lessons)
        stored = [belief, parents, tries / 48, since / 28, was_last, last, left]
        kept["obs"][:, t] = np.stack(stored, axis=2)
        kept["mastery"][:, t] = know
        skill = choose(belief, parents, tries) if choose else np.zeros(n, int)
        u = rng.random((n, 3))
        item = np.where(tries[rows, skill] == 0, 2 * skill + 1, 2 * skill)
        right = u[:, 0] < np.where(know[rows, skill], 0.9, 0.2)
        b = belief[rows, skill]
        answered = np.where(right, b * 0.9 / (b * 0.9 + (1 - b) * 0.2), b * 0.1 / (b * 0.1 + (1 - b) * 0.8))
        b = np.where(item % 2 == 0, answered, b)
        truly_ready = ~(curriculum.prerequisites[skill] & ~know).any(axis=1)
        know[rows, skill] |= active & truly_ready & (u[:, 1] < learn)
        belief[rows, skill] = np.clip(b + (1 - b) * 0.25 * parents[rows, skill], 0.01, 0.99)
        kept["items"][:, t] = np.where(active, item, -1)
        kept["correct"][:, t] = np.where(active & (item % 2 == 0), right, -1)
        kept["day"][:, t] = 2 * (t // 4)
        tries[rows, skill] += 1
        was_last[:] = 0
        was_last[rows, skill] = 1
        last[rows, skill] = np.where(item % 2 == 0, right, last[rows, skill])
        since = np.minimum(since + (2.0 if t % 4 == 3 else 0.0), 28.0)
        since[rows, skill] = 0
        active &= u[:, 2] >= quits
    kept["mastery"][:, lessons] = know
    done = (kept["items"] >= 0).sum(axis=1)
    exam = 0.2 + 0.7 * know.mean(axis=1)
    outcomes = {
        "student": rows, "group": np.where(slow, "slow learners", "fast learners"), "pre": 0.2 + 0.7 * pre,
        "post": exam, "exam": exam, "gain": exam - 0.2 - 0.7 * pre, "mastery_pre": pre,
        "mastery_post": know.mean(axis=1), "mastery_exam": know.mean(axis=1), "lessons": done,
        "minutes": 10.0 * done, "reached": know.mean(axis=1) >= 0.8,
        "quit": ~active & (done > 0), "skills_mastered": know.sum(axis=1), "wasted_mastered": 0, "wasted_unready": 0,
        "in_band": 0.5, "lessons_to_mastery": np.where(know.mean(axis=1) >= 0.8, done, np.nan),
        "minutes_to_mastery": np.where(know.mean(axis=1) >= 0.8, 10.0 * done, np.nan),
        "right": right_answers(kept["correct"]), "longest_wrong": [longest_wrong(row) for row in kept["correct"]],
    }  # fmt: skip
    judged = kept["obs"][..., 0].astype(np.float64), kept["mastery"][:, :-1].astype(np.float64), kept["items"] >= 0
    curve = kept["mastery"].mean(axis=(0, 2), dtype=np.float64)
    return {"outcomes": outcomes | scores(*judged), "kept": kept, "curve": curve, "belief": bins(*judged)}


def scores(belief: np.ndarray, known: np.ndarray, given: np.ndarray) -> dict[str, np.ndarray]:
    """How far the beliefs (n, T, K) of each pupil are from the truth, before every lesson that was given."""
    lessons = np.where(given.any(axis=1), given.sum(axis=1), np.nan)
    losses = {"belief_brier": (belief - known) ** 2, "belief_log_loss": -np.log(np.abs(1 - known - belief))}
    return {name: (loss.mean(axis=2) * given).sum(axis=1) / lessons for name, loss in losses.items()}


def bins(belief: np.ndarray, known: np.ndarray, given: np.ndarray) -> dict[str, np.ndarray]:
    """The columns of ``belief.csv``."""
    b, m = belief[given].ravel(), known[given].ravel()
    inside = [b[(b * 10).astype(int) == j] for j in range(10)]
    truth = [m[(b * 10).astype(int) == j] for j in range(10)]
    means = {"belief": [x.mean() if x.size else np.nan for x in inside],
             "known": [x.mean() if x.size else np.nan for x in truth],
             "spread": [x.var() if x.size else np.nan for x in truth]}  # fmt: skip
    ends = {"low": np.arange(10) / 10, "high": np.arange(1, 11) / 10, "weight": [float(x.size) for x in inside]}
    return {name: np.array(values) for name, values in (ends | means).items()}


def right_answers(correct: np.ndarray) -> np.ndarray:
    """Share of the answers of each pupil that were right; NaN without any."""
    asked = (correct >= 0).sum(axis=1)
    return np.where(asked > 0, (correct == 1).sum(axis=1) / np.maximum(asked, 1), np.nan)


def longest_wrong(correct: np.ndarray) -> int:
    """The longest run of wrong answers of one pupil; lessons without an answer are passed over."""
    runs = "".join(str(int(answer)) for answer in correct if answer >= 0).split("1")
    return max(map(len, runs))


def mastery_at(threshold: float):
    return lambda belief, ready, tries: ((belief < threshold) & (ready > 0.6)).argmax(axis=1)


def most_promising(belief, ready, tries):
    return (ready * (1 - belief)).argmax(axis=1)


def at_random(belief, ready, tries):
    return np.random.default_rng(int(tries.sum())).integers(belief.shape[1], size=len(belief))


def seal(run: Run) -> None:
    """Say that a run's files are those that it wrote."""
    (run.path / "done").write_text(Seal.of("f" * 64, run.path, files_of(run.path)).text())


WAYS = {  # kind, trainings, how it chooses
    "no_teaching": ("baseline", 1, None),
    "random": ("baseline", 1, at_random),
    "mastery": ("baseline", 1, mastery_at(0.95)),
    "mastery_tuned": ("baseline", 1, mastery_at(0.9)),
    "ppo_scorer": ("learnt", 2, most_promising),
    "oracle_greedy": ("privileged", 1, mastery_at(0.6)),
}


def make_results(
    folder: Path, curriculum: Curriculum, *, n: int = 60, lessons: int = 48, keep: int = 40, ways: dict | None = None
) -> Path:
    """The results of an experiment as ``zpdgym compare`` leaves them, small and made up."""
    ways, folder, world = ways or WAYS, folder / "tiny", folder / "tiny" / "Small-v0"
    compared = {
        "primary": "exam", "smallest_difference": 0.02, "n_students": n, "n_validation": n,
        "skills": curriculum.n_skills, "horizon": lessons, "minutes": 10.0 * lessons,
        "policies": [{"policy": p, "kind": w[0], "seeds": list(range(w[1]))} for p, w in ways.items()],
        "unexpected": ["forgetful"], "cannot_teach": [], "notes": ["The exact optimum is not here."],
    }  # fmt: skip
    experiment = {"name": "tiny", "cohort_seed": 0, "seeds": [0, 1], "compared": {"Small-v0": compared}}
    about = {
        "name": "Small-v0", "label": "Small-v0", "curriculum": curriculum.to_dict(), "rows": "skills", "finish": None,
        "horizon": lessons, "columns": [{"name": name, "scale": scale} for name, scale in COLUMNS],
        "schedule": {
            "sessions": lessons // 4, "session_lessons": 0, "session_minutes": 40.0, "retention_days": 14.0,
            "by_minutes": True, "session_days": [2.0 * session for session in range(lessons // 4)],
        },
        "assumptions": ["Pupils learn a skill only when they know what it builds on."],
        "sources": {"student.learn": "a prior guess", "student.guess": "fitted to a log"},
    }  # fmt: skip
    write_json(folder / "experiment.json", experiment)
    write_json(world / "scenario.json", about)
    for policy, (kind, seeds, choose) in ways.items():
        for seed in range(seeds):
            quits = 0.004 if kind == "learnt" else 0.0
            result = teach(curriculum, choose, n=n, lessons=lessons, luck=5 + seed, quits=quits)
            other = teach(curriculum, choose, n=n, lessons=lessons, luck=95, quits=0.01)
            run = Run(world / policy / f"seed{seed}")
            run.write_csv("students.csv", result["outcomes"])
            run.write_csv("unexpected/forgetful.csv", other["outcomes"])
            run.write_json("validation.json", {"mean": float(result["outcomes"]["exam"].mean())})
            run.write_arrays("curves.npz", {"mastery_by_lesson": result["curve"]})
            run.write_csv("belief.csv", result["belief"])
            if kind == "learnt" or policy.startswith("mastery"):
                run.write_arrays("lessons.npz", {name: values[:keep] for name, values in result["kept"].items()})
            if kind == "learnt":
                write_json(run.path / "teacher" / "teacher.json", {"scenario": "Small-v0", "trained_on": ["Small-v0"]})
            origin = {"kind": kind, "fingerprint": "f" * 64, "versions": {"zpdgym": "0.1.0"}, "git": None}
            run.write_json("run.json", origin | {"parts": {}, "seeds": {}, "seconds": {}})
            seal(run)
    write_json(folder / "table.json", to_plain(comparison(folder, experiment)))
    return folder
