"""The educator's report: from files alone, complete without JavaScript, safe with any names, the same every time."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import urllib.parse
from base64 import b64decode
from itertools import pairwise

import numpy as np
import pytest
from zpdgym.errors import InputError
from zpdgym.experiments.report import write_report
from zpdgym.experiments.report.results import read_experiment, read_lessons
from zpdgym.experiments.store.runs import Run, write_json

from tests.experiments.report.made_up import WAYS, make_results, most_promising, seal, small_curriculum
from tests.experiments.report.outline import Outline


def test_page_is_well_formed_and_asks_for_nothing_outside(page):
    outline = Outline(page)
    tags = {tag for tag, _ in outline.found}
    assert not tags & {"iframe", "object", "embed", "img", "base", "form"}
    for tag, attributes in outline.found:
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            if name in ("src", "href", "xlink:href", "action", "srcset"):
                assert value.startswith(("#", "data:")), (tag, value)
    assert not re.search(r"@import|url\(", page)
    assert [a.get("type") for tag, a in outline.found if tag == "script"] == ["application/json", "module"]
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
        "in which the teacher moved on to another skill. There the list names the right skill in", "believed",
        "Who gains, who loses", "In this one run of luck", "How often pupils are wrong", "Would frustrate?",
        "Pupils at risk, and when it shows", "week by week", "Share of all pupils on the skill", "The largest loss",
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
    assert len(page.encode()) < 400_000  # half of it is the part to play with and the tutor's program


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
    assert "img" not in {tag for tag, _ in outline.found}
    assert nasty_page.count("<script") == 2, "the page's own: its data and its program"
    assert "<script>alert(1)</script>" in outline.said
    assert "חיבור שברים" in outline.said
    assert "\x07" not in nasty_page


def test_scope_and_sequence_is_a_table_that_runs_no_formula(nasty_page):
    link = next(a for tag, a in Outline(nasty_page).found if tag == "a" and "download" in a)
    data = urllib.parse.unquote(link["href"]).partition("base64,")[2]
    rows = list(csv.reader(io.StringIO(b64decode(data).decode("utf-8-sig"))))
    assert rows[0][:3] == ["Skill", "Topic", "Prerequisites"]
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
    own = Run(folder / "Small-v0" / "weakest" / "seed0")
    own.write_arrays("lessons.npz", kept)
    seal(own)
    said = Outline(write_report(folder).read_text(encoding="utf-8")).said
    assert "on this page is “weakest”: this experiment has no learnt teacher, so your own way of teaching" in said


def test_what_the_teacher_was_trained_on_is_said_as_it_was(tmp_path, page):
    assert "The learnt teacher was trained on pupils of the same model that it is tested on." in page
    folder = make_results(tmp_path, small_curriculum(), n=20, lessons=16, keep=9)
    cards = [folder / "Small-v0" / "ppo_scorer" / f"seed{seed}" / "teacher" / "teacher.json" for seed in (0, 1)]
    for card in cards:
        write_json(card, {"scenario": "2-scenarios", "trained_on": ["A-v0", "B-v0"]})
        seal(Run(card.parents[1]))
    together = Outline(write_report(folder).read_text(encoding="utf-8")).said
    assert "trained on pupils of 2 scenarios together (A-v0, B-v0). It never met those of Small-v0: there" in together
    for card in cards:
        shutil.rmtree(card.parent)
        seal(Run(card.parents[1]))
    read = Outline(write_report(folder).read_text(encoding="utf-8")).said
    assert "The learnt teacher was trained before this experiment and read from a file: this page does not know" in read
    assert "same model that it is tested on" not in together + read


def test_unexpected_pupils_have_the_decimals_of_the_main_table_and_no_verdict(page):
    said = re.sub(r"\s+", " ", Outline(page).said)
    part = said.split("Pupils that the teacher did not expect")[-1].split("Score against minutes")[0]
    assert "Each interval is taken alone: they are a hint, and no verdict rests on them." in part
    main = re.search(r"all-knowing teacher \(reference: sees the truth\)[0-9]\.([0-9]+)[+−]", said)
    assert main
    assert {len(decimals) for decimals in re.findall(r"[+−][0-9]+\.([0-9]+?)(?=[ +−]|$|[0-9]\.)", part)} == {
        len(main.group(1))
    }


def test_folds_promise_what_is_in_them(page):
    said = re.sub(r"\s+", " ", Outline(page).said)
    assert "The worst tenth, skills mastered, who gave up and who never mastered most of it, group by group" in said


def test_days_are_counted_from_one(page):
    link = next(a for tag, a in Outline(page).found if tag == "a" and "download" in a)
    data = b64decode(urllib.parse.unquote(link["href"]).partition("base64,")[2]).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(data)))
    day = rows[0].index("Day (the first is day 1)")
    assert rows[1][day - 1 : day + 1] == ["1", "1"], "the first lesson is on day 1"


def test_what_was_seen_of_items_is_told_of_skills_and_an_early_end_is_a_choice(tmp_path):
    curriculum = small_curriculum()
    folder = make_results(tmp_path, curriculum, n=30, lessons=24, keep=20)
    about = json.loads((folder / "Small-v0" / "scenario.json").read_text())
    write_json(folder / "Small-v0" / "scenario.json", about | {"rows": "items", "finish": curriculum.n_items})
    for policy in ("ppo_scorer/seed0", "ppo_scorer/seed1", "mastery/seed0", "mastery_tuned/seed0"):
        run = Run(folder / "Small-v0" / policy)
        kept = run.arrays("lessons.npz")
        kept["obs"] = np.repeat(kept["obs"], 2, axis=2)
        kept["items"][0, 12:] = -1
        run.write_arrays("lessons.npz", kept | {"mastery_choice": np.where(kept["items"] >= 0, 0, -1)})
        pupils = run.csv("students.csv")
        pupils.loc[0, "quit"] = False
        run.write_csv("students.csv", {str(c): pupils[c] for c in pupils.columns})
        seal(run)
    _, (world,) = read_experiment(folder)
    lessons = read_lessons(world, world.teacher)
    assert lessons.seen["belief"].shape == (20, 24, 8)
    assert lessons.ended[0].nonzero()[0].tolist() == [12]
    said = Outline(write_report(folder).read_text(encoding="utf-8")).said
    assert "Lessons of the teacher in which mastery learning (tuned) would choose another skill" in said
    assert "Mastery learning (tuned) would choose the same skill" in said


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
