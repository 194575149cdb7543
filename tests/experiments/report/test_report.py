"""The educator's report: from files alone, complete without JavaScript, safe with any names, the same every time."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import urllib.parse
from base64 import b64decode
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from zpdgym.errors import InputError
from zpdgym.experiments.comparison.table import comparison
from zpdgym.experiments.report import write_report
from zpdgym.experiments.report.results import read_experiment, read_lessons
from zpdgym.experiments.report.verdicts import in_short
from zpdgym.experiments.statistics import CANNOT_TELL, NO_DIFFERENCE, WORSE
from zpdgym.experiments.store.runs import Run, write_json
from zpdgym.students.curriculum.curriculum import Curriculum

COLUMNS = (
    ("belief", 1.0), ("ready", 1.0), ("tries", 48.0), ("days_since", 28.0), ("was_last", 1.0), ("last_correct", 1.0),
    ("time_left", 480.0),
)  # fmt: skip
VOID = {"meta", "link", "br", "hr", "input", "img", "col"}


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
    }  # fmt: skip
    return {"outcomes": outcomes, "kept": kept, "curve": kept["mastery"].mean(axis=(0, 2), dtype=np.float64)}


def mastery_at(threshold: float):
    return lambda belief, ready, tries: ((belief < threshold) & (ready > 0.6)).argmax(axis=1)


def most_promising(belief, ready, tries):
    return (ready * (1 - belief)).argmax(axis=1)


def at_random(belief, ready, tries):
    return np.random.default_rng(int(tries.sum())).integers(belief.shape[1], size=len(belief))


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
            "by_minutes": True,
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
            if kind == "learnt" or policy.startswith("mastery"):
                run.write_arrays("lessons.npz", {name: values[:keep] for name, values in result["kept"].items()})
            if kind == "learnt":
                write_json(run.path / "teacher" / "teacher.json", {"scenario": "Small-v0", "trained_on": ["Small-v0"]})
            run.write_json("run.json", {"kind": kind, "versions": {"zpdgym": "0.1.0"}, "git": None})
            (run.path / "done").write_text("f" * 64 + "\n")
    write_json(folder / "table.json", comparison(folder, experiment))
    return folder


@pytest.fixture(scope="module")
def experiment(tmp_path_factory) -> Path:
    return make_results(tmp_path_factory.mktemp("results"), small_curriculum())


@pytest.fixture(scope="module")
def page(experiment) -> str:
    return write_report(experiment).read_text(encoding="utf-8")


class Outline(HTMLParser):
    """Holds that every element is closed in order, and notes elements, attributes and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str]]] = []
        self.svgs: list[list[str]] = []
        self.said = ""
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, {k: v or "" for k, v in attrs}))
        if tag == "svg":
            self.svgs.append([])
        elif self.svgs and self.open and self.open[-1] == "svg":
            self.svgs[-1].append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, {k: v or "" for k, v in attrs}))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.said += data


def test_page_is_well_formed_and_asks_for_nothing_outside(page):
    outline = Outline(page)
    tags = {tag for tag, _ in outline.found}
    assert not tags & {"script", "iframe", "object", "embed", "img", "base", "form"}
    for tag, attributes in outline.found:
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            if name in ("src", "href", "xlink:href", "action", "srcset"):
                assert value.startswith(("#", "data:")), (tag, value)
    assert not re.search(r"@import|url\(", page)
    assert ("http-equiv", "Content-Security-Policy") in [i for _, a in outline.found for i in a.items()]


def test_page_is_readable_without_eyes_or_mouse(page):
    outline = Outline(page)
    ids = [a["id"] for _, a in outline.found if "id" in a]
    assert len(ids) == len(set(ids))
    drawings = [a for tag, a in outline.found if tag == "svg"]
    assert len(drawings) >= 10
    assert all(children[:2] == ["title", "desc"] for children in outline.svgs)
    assert all(a["role"] == "img" and set(a["aria-labelledby"].split()) <= set(ids) for a in drawings)
    links = [a["href"][1:] for tag, a in outline.found if tag == "a" and a["href"].startswith("#")]
    assert len(links) > 9
    assert set(links) <= set(ids)
    levels = [int(tag[1]) for tag, _ in outline.found if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))


def test_the_first_thing_said_is_what_the_numbers_are_not(page):
    said = Outline(page).said
    first = said.index("Nothing here was tried with children")
    assert first < said.index("cannot tell you that a programme works in your school") < said.index("Who did best")
    assert "Pupils learn a skill only when they know what it builds on." in said
    assert "1 of them prior guesses" in said


def test_all_that_an_educator_was_promised_is_there(page):
    said = re.sub(r"\s+", " ", Outline(page).said)
    for promised in (
        "skills of 8", "exam questions right of 8", "noticeably worse than under", "Fewer than ten trainings",
        "reference: sees the truth", "How knowledge grows", "Which skill is taught when", "The teacher in rules",
        "other pupils it names a skill that the teacher really chose in", "believed", "The largest loss",
        "One who gave up", "One slow learner", "Worst tenth", "Gave up", "Never mastered", "Gap between the group",
        "forgetful", "Score against minutes",
        "zpdgym report FOLDER with the folder that this page lies in, such as results/tiny.",
        "ffffffffffff", "What the models leave out",
        "The exact optimum is not here.",
    ):  # fmt: skip
        assert promised in said, promised
    assert not re.search(r"\b(policy|policies|reward|epoch|rollout|nan|None)\b", said.split("How to make this page")[0])


def test_same_results_give_the_same_bytes(experiment, page):
    assert write_report(experiment).read_text(encoding="utf-8") == page


def test_it_is_light(page):
    assert len(page.encode()) < 300_000


NASTY = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "=HYPERLINK(1)", "חיבור שברים",
    "A" * 120, "a & b ' \" </title></svg>", "\u202eevil\u202c", "@SUM\x07",
]  # fmt: skip


@pytest.fixture(scope="module")
def nasty_page(tmp_path_factory) -> str:
    folder = make_results(tmp_path_factory.mktemp("nasty"), small_curriculum(NASTY), n=30, lessons=24, keep=20)
    return write_report(folder).read_text(encoding="utf-8")


def test_markup_in_names_is_shown_as_text(nasty_page):
    outline = Outline(nasty_page)
    assert not {"script", "img"} & {tag for tag, _ in outline.found}
    assert "<script>alert(1)</script>" in outline.said
    assert "חיבור שברים" in outline.said
    assert "\x07" not in nasty_page


def test_scope_and_sequence_is_a_table_that_runs_no_formula(nasty_page):
    link = next(a for tag, a in Outline(nasty_page).found if tag == "a" and "download" in a)
    data = urllib.parse.unquote(link["href"]).partition("base64,")[2]
    rows = list(csv.reader(io.StringIO(b64decode(data).decode("utf-8-sig"))))
    assert rows[0][:3] == ["Skill", "Topic", "Needs first"]
    assert {row[0] for row in rows[1:]} >= {"<script>alert(1)</script>", "'=HYPERLINK(1)", "'@SUM\x07"}
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_an_experiment_without_a_learnt_teacher_has_a_page_too(tmp_path):
    ways = {p: w for p, w in WAYS.items() if w[0] != "learnt"}
    folder = make_results(tmp_path, small_curriculum(), n=20, lessons=16, keep=9, ways=ways)
    said = Outline(write_report(folder).read_text(encoding="utf-8")).said
    assert "this experiment has no learnt teacher" in said
    assert "was trained on pupils" not in said
    assert "Nobody whose lessons were kept gave up" in said


def test_without_a_learnt_teacher_ones_own_way_of_teaching_is_shown(tmp_path):
    ways = {p: w for p, w in WAYS.items() if w[0] != "learnt"} | {"weakest": ("baseline", 1, most_promising)}
    folder = make_results(tmp_path, small_curriculum(), n=20, lessons=16, keep=9, ways=ways)
    kept = Run(folder / "Small-v0" / "mastery" / "seed0").arrays("lessons.npz")
    Run(folder / "Small-v0" / "weakest" / "seed0").write_arrays("lessons.npz", kept)
    said = Outline(write_report(folder).read_text(encoding="utf-8")).said
    assert "on this page is “weakest”: this experiment has no learnt teacher, so your own way of teaching" in said


def said_with(
    folder: Path,
    *,
    about: dict | None = None,
    row: dict | None = None,
    experiment: dict | None = None,
    policy: str = "ppo_scorer",
) -> str:
    """The text of a page whose files say something else in places; the files are as before afterwards."""
    files = [folder / "Small-v0" / "scenario.json", folder / "table.json", folder / "experiment.json"]
    before = [f.read_text() for f in files]
    scenario, table, specification = (json.loads(text) for text in before)
    for found in table["scenarios"]["Small-v0"]["policies"]:
        if found["policy"] == policy:
            found |= row or {}
    write_json(files[0], scenario | (about or {}))
    write_json(files[1], table)
    write_json(files[2], specification | (experiment or {}))
    try:
        return re.sub(r"\s+", " ", Outline(write_report(folder).read_text(encoding="utf-8")).said)
    finally:
        for file, text in zip(files, before, strict=True):
            file.write_text(text)


def test_the_verdict_is_said_in_words(experiment):
    ends = {"vs_tuned_low_holm": -0.1, "vs_tuned_high_holm": 0.2}
    unclear = said_with(experiment, row={"vs_tuned_verdict": CANNOT_TELL, **ends})
    assert "better, we cannot tell: from 0.8 fewer to 1.6 more exam questions right." in unclear
    assert "That is no practical difference" not in unclear
    small = said_with(experiment, row={"vs_tuned_verdict": NO_DIFFERENCE})
    assert "That is no practical difference: it is not above the smallest difference worth having (0.2 exam" in small


def test_numbers_that_are_read_together_have_the_same_decimals(experiment):
    """Eight questions: .004 of the exam is .03 of a question, so all that is said beside it has two decimals."""
    ends = {"vs_tuned": 0.004, "vs_tuned_low": 0.001, "vs_tuned_high": 0.1}
    skills = {"more_skills": 1.0, "more_skills_low": 0.5, "more_skills_high": 2.0}
    said = said_with(experiment, row={**ends, **skills})
    assert "1.00 more skills of 8 (between 0.50 and 2.00 more)" in said
    assert "0.03 more exam questions right of 8 (between 0.01 and 0.80 more)" in said
    assert "+0.01 to +0.80" in said
    plain = said_with(experiment, row={**ends, **skills, "vs_tuned": 0.05, "vs_tuned_low": 0.02})
    assert "1.0 more skills of 8 (between 0.5 and 2.0 more)" in plain
    assert "0.4 more exam questions right of 8 (between 0.2 and 0.8 more)" in plain


def test_a_difference_of_nothing_is_as_many_not_zero_more(experiment):
    none = {"vs_tuned": 0.0001, "vs_tuned_low": -0.1, "vs_tuned_high": 0.1, "more_skills": 0.0}
    said = said_with(experiment, row=none)
    assert "know as many skills of 8 (" in said
    assert ") as the same pupils under mastery learning (tuned), and have as many exam questions right of 8 (" in said
    assert not re.search(r"\b0\.0+ (more|fewer) (skills|exam)", said)


def test_who_taught_fewer_pupils_is_marked_and_the_note_says_how_many(experiment, page):
    said = said_with(experiment, policy="random", row={"students": 25})
    assert "random lessons‡" in said
    assert "marked ‡ taught only the first of the 60 pupils, because it takes long to decide: random lessons 25" in said
    assert "its differences are to the same pupils under the other way of teaching." in said
    assert "‡" not in page


def test_who_taught_fewer_pupils_may_have_met_none_of_a_group(experiment):
    table = experiment / "table.json"
    before = table.read_text()
    content = json.loads(before)
    part = content["scenarios"]["Small-v0"]
    part["groups"] = [g for g in part["groups"] if (g["policy"], g["group"]) != ("random", "slow learners")]
    write_json(table, content)
    try:
        assert "Gap between the group" in write_report(experiment).read_text(encoding="utf-8")
    finally:
        table.write_text(before)


def test_what_the_teacher_was_trained_on_is_said_as_it_was(tmp_path, page):
    assert "The learnt teacher was trained on pupils of the same model that it is tested on." in page
    folder = make_results(tmp_path, small_curriculum(), n=20, lessons=16, keep=9)
    cards = [folder / "Small-v0" / "ppo_scorer" / f"seed{seed}" / "teacher" / "teacher.json" for seed in (0, 1)]
    for card in cards:
        write_json(card, {"scenario": "2-scenarios", "trained_on": ["A-v0", "B-v0"]})
    together = Outline(write_report(folder).read_text(encoding="utf-8")).said
    assert "trained on pupils of 2 scenarios together (A-v0, B-v0). It never met those of Small-v0: there" in together
    for card in cards:
        shutil.rmtree(card.parent)
    read = Outline(write_report(folder).read_text(encoding="utf-8")).said
    assert "The learnt teacher was trained before this experiment and read from a file: this page does not know" in read
    assert "same model that it is tested on" not in together + read


def test_a_learner_that_stands_higher_than_the_one_the_page_is_about_is_named(experiment, page):
    row = {"kind": "learnt", "outcome": 1.0, "seeds": 2}
    said = said_with(experiment, policy="random", row=row)
    assert "Higher than the learnt teacher in the table below: “random lessons”. These sentences are about" in said
    assert "on validation pupils" in said
    assert "in the table below:" not in page


def test_several_scenarios_begin_with_a_line_for_each(experiment, page):
    assert 'id="in-short"' not in page
    _, (world,) = read_experiment(experiment)
    way = world.teacher
    row = {"vs_best": -0.1, "vs_best_low": -0.2, "vs_best_high": -0.05, "vs_best_verdict": WORSE}
    best = next(w for w in world.ways.values() if w.kind == "baseline" and w is not world.mastery)
    table = dict(world.table) | {"best_untrained": best.policy}
    lost = replace(world, table=table, ways=dict(world.ways) | {way.policy: replace(way, row=dict(way.row) | row)})
    row = {"vs_best_verdict": NO_DIFFERENCE, "vs_best": 0.0, "vs_best_low": -0.01, "vs_best_high": 0.01}
    even = replace(world, table=table, ways=dict(world.ways) | {way.policy: replace(way, row=dict(way.row) | row)})
    said = Outline(in_short([lost, even])).said
    assert f"Small-v0: {best.called} wins: 0.8 more exam questions right of 8 than under the learnt teacher (b" in said
    assert "between 0.4 and 1.6 more" in said
    assert "no winner, no practical difference: under the learnt teacher as many exam questions right of 8 as" in said


def test_days_are_counted_from_one(page):
    link = next(a for tag, a in Outline(page).found if tag == "a" and "download" in a)
    data = b64decode(urllib.parse.unquote(link["href"]).partition("base64,")[2]).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(data)))
    day = rows[0].index("Day (the first is day 1)")
    assert rows[1][day - 1 : day + 1] == ["1", "1"], "the first lesson is on day 1"


def test_a_reference_that_is_beaten_is_explained(experiment):
    why = "it sees everything but looks one lesson ahead only"
    assert why in said_with(experiment, row={"outcome": 1.0}).lower()


def test_the_command_for_this_page_is_the_one_that_was_given(experiment):
    said = said_with(experiment, experiment={"again": "zpdgym compare experiment=my/own.yaml"})
    assert "The experiment: zpdgym compare experiment=my/own.yaml. Only" in said
    assert "its command was not kept" in said_with(experiment, experiment={"name": "nobody_knows_it"})
    assert "The experiment: zpdgym compare experiment=quickstart. Only" in said_with(
        experiment, experiment={"name": "quickstart"}
    )


def test_a_curriculum_of_ones_own_goes_by_its_own_name(experiment):
    changes = ["The curriculum of the scenario was replaced: small."]
    said = said_with(experiment, about={"replaced": ["curriculum"], "changes": changes, "assumptions": []})
    assert "Your curriculum: small" in said
    assert "In the files: Small-v0" in said
    assert changes[0] in said


def test_what_was_seen_of_items_is_told_of_skills_and_an_early_end_is_a_choice(tmp_path):
    curriculum = small_curriculum()
    folder = make_results(tmp_path, curriculum, n=30, lessons=24, keep=20)
    about = json.loads((folder / "Small-v0" / "scenario.json").read_text())
    write_json(folder / "Small-v0" / "scenario.json", about | {"rows": "items", "finish": curriculum.n_items})
    for policy in ("ppo_scorer/seed0", "ppo_scorer/seed1", "mastery_tuned/seed0"):
        run = Run(folder / "Small-v0" / policy)
        kept = run.arrays("lessons.npz")
        kept["obs"] = np.repeat(kept["obs"], 2, axis=2)
        kept["items"][0, 12:] = -1
        run.write_arrays("lessons.npz", kept | {"mastery_choice": np.where(kept["items"] >= 0, 0, -1)})
        pupils = run.csv("students.csv")
        pupils.loc[0, "quit"] = False
        run.write_csv("students.csv", {str(c): pupils[c] for c in pupils.columns})
    _, (world,) = read_experiment(folder)
    lessons = read_lessons(world, world.teacher)
    assert lessons.seen["belief"].shape == (20, 24, 8)
    assert lessons.ended[0].nonzero()[0].tolist() == [12]
    said = Outline(write_report(folder).read_text(encoding="utf-8")).said
    assert "Lessons of the teacher in which mastery learning (tuned), in the same situation," in said
    assert "Tuned mastery learning would choose the same skill" in said


def test_a_folder_that_is_no_finished_experiment_is_refused(tmp_path, experiment):
    with pytest.raises(InputError, match=r"has no experiment.json"):
        write_report(tmp_path)
    write_json(tmp_path / "experiment.json", {})
    with pytest.raises(InputError, match=r"has no table.json"):
        write_report(tmp_path)
    (tmp_path / "table.json").write_text("{")
    with pytest.raises(InputError, match=r"table.json cannot be read"):
        write_report(tmp_path)
    assert not (tmp_path / "report.html").exists()


class Browser:
    """Chromium at the end of a pipe (DevTools protocol), with a fresh profile."""

    def __init__(self, profile: Path) -> None:
        mine, its = os.pipe(), os.pipe()
        flags = (
            "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
            "--disable-component-update --disable-sync --remote-debugging-pipe"
        )
        command = f"exec chromium {flags} --user-data-dir={profile} 3<&{mine[0]} 4>&{its[1]} 2>/dev/null"
        self.process = subprocess.Popen(["bash", "-c", command], pass_fds=(mine[0], its[1]))
        os.close(mine[0])
        os.close(its[1])
        self.write, self.read = os.fdopen(mine[1], "wb"), os.fdopen(its[0], "rb")
        self.events: list[dict] = []
        self.number, self.session = 0, None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **params) -> dict:
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        self.write.write(json.dumps(message).encode() + b"\0")
        self.write.flush()
        while (answer := self.hear()).get("id") != self.number:
            pass
        assert "error" not in answer, answer
        return answer["result"]

    def hear(self) -> dict:
        data = bytearray()
        while (byte := self.read.read(1)) not in (b"\0", b""):
            data += byte
        message = json.loads(data)
        self.events.append(message)
        return message

    def open(self, url: str) -> None:
        self.ask("Page.navigate", url=url)
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
            self.hear()

    def close(self) -> None:
        self.ask("Browser.close")
        self.process.wait(20)
        self.write.close()
        self.read.close()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
@pytest.mark.parametrize("scripts", [True, False])
def test_a_browser_shows_it_without_error_or_request(experiment, page, tmp_path, scripts):
    browser, address = Browser(tmp_path / "profile"), (experiment / "report.html").as_uri()
    try:
        browser.ask("Emulation.setScriptExecutionDisabled", value=not scripts)
        browser.ask("Emulation.setDeviceMetricsOverride", width=360, height=800, deviceScaleFactor=1, mobile=True)
        browser.open(address)
        size = browser.ask("Page.getLayoutMetrics")["cssContentSize"]
        printed = b64decode(browser.ask("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)["data"])
    finally:
        browser.close()
    assert size["width"] == 360, "nothing is wider than the phone"
    assert size["height"] > 5000
    assert printed.startswith(b"%PDF")
    happened = [(e["method"], e["params"]) for e in browser.events if "method" in e]
    asked = {p["request"]["url"] for method, p in happened if method == "Network.requestWillBeSent"}
    assert {url for url in asked if not url.startswith("data:")} == {address}
    assert not [p for method, p in happened if method in ("Log.entryAdded", "Runtime.exceptionThrown")]
    assert not [p for method, p in happened if method == "Runtime.consoleAPICalled"]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
def test_on_a_screen_of_1100_pixels_no_table_is_cut(experiment, page, tmp_path):
    """Two decimals and a long verdict in every row, so that the widest table is as wide as it gets."""
    browser = Browser(tmp_path / "profile")
    table = experiment / "table.json"
    before = table.read_text()
    content = json.loads(before)
    for row in content["scenarios"]["Small-v0"]["policies"]:
        row |= {"vs_tuned": -1.4, "vs_tuned_low": -1.5, "vs_tuned_high": -0.001, "outcome": 1.5, "worst_decile": 1.25}
        row |= {"vs_tuned_verdict": NO_DIFFERENCE, "more_skills": -10.0, "vs_tuned_low_holm": -1.5}
    write_json(table, content)
    try:
        browser.ask("Emulation.setDeviceMetricsOverride", width=1100, height=800, deviceScaleFactor=1, mobile=False)
        browser.open(write_report(experiment).as_uri())
        widths = (
            "document.querySelectorAll('details').forEach(d => d.open = true);"
            "JSON.stringify([...document.querySelectorAll('.scroll')].map(s => [s.innerText, s.scrollWidth, "
            "s.clientWidth]).concat([['page', document.documentElement.scrollWidth, innerWidth]]))"
        )
        found = json.loads(browser.ask("Runtime.evaluate", expression=widths)["result"]["value"])
    finally:
        browser.close()
        table.write_text(before)
        write_report(experiment)
    assert len(found) > 8
    assert not [text[:60] for text, needed, there in found if needed > there]
