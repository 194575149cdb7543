"""The documentation site: links lead on, scripts are run, pictures stay the same, nothing is loaded from afar."""

from __future__ import annotations

from pathlib import Path

import pytest
import zpdgym
from zpdgym.envs import Scenario
from zpdgym.errors import InputError

from benchmarks.site import conf, learnt, navigation, pictures, simulated, tutorial
from benchmarks.site.accessible import mend
from benchmarks.site.gallery import Gallery
from benchmarks.site.offline import loaded_from_elsewhere
from benchmarks.site.staging import ROOT, BrokenLink, Staging


@pytest.fixture
def repository(tmp_path):
    """A small repository with a page, a script, a picture and a folder of examples."""
    (tmp_path / "docs" / "students").mkdir(parents=True)
    (tmp_path / "examples").mkdir()
    (tmp_path / "README.md").write_text("# Read me\n")
    (tmp_path / "docs" / "students" / "index.md").write_text("# Students\n")
    (tmp_path / "docs" / "curve.svg").write_text("<svg/>")
    (tmp_path / "examples" / "own.py").write_text("print(1)\n")
    return tmp_path


def staged(repository: Path, text: str) -> tuple[str, Staging]:
    staging = Staging(repository / "source", repository)
    return staging.turned(text, Path("docs/page.md"), Path("page.md")), staging


@pytest.mark.parametrize(
    ("link", "becomes"),
    [
        ("[a](students/index.md#head)", "[a](students/index.md#head)"),
        ("[a](../README.md)", "[a](project/README.md)"),
        ("[a](../examples/own.py)", "[a](files/examples/own.py.md)"),
        ("[a](../examples)", "[a](files/examples.md)"),
        ("![a](curve.svg)", "![a](pictures/curve.svg)"),
        ("[a](https://example.org/x.md)", "[a](https://example.org/x.md)"),
        ("[a](#head)", "[a](#head)"),
        ("```\n[a](nowhere.md)\n```", "```\n[a](nowhere.md)\n```"),
    ],
)
def test_a_link_leads_in_the_site_where_it_leads_in_the_repository(repository, link, becomes):
    assert staged(repository, link)[0] == becomes


@pytest.mark.parametrize("target", ["nowhere.md", "../examples/none.py", "../../outside.md"])
def test_a_link_to_nothing_is_refused(repository, target):
    with pytest.raises(BrokenLink, match=r"docs/page\.md"):
        staged(repository, f"[a]({target})")


def test_a_file_and_what_is_in_a_folder_get_pages_that_show_them(repository):
    _, staging = staged(repository, "[a](../examples)")
    assert staging.file_pages() == ["files/examples", "files/examples/own.py"]
    assert "_copies/examples/own.py" in (staging.source / "files/examples/own.py.md").read_text()
    assert (staging.source / "_copies/examples/own.py").read_text() == "print(1)\n"


def test_every_page_of_the_repository_can_be_laid_out(tmp_path):
    staging = Staging(tmp_path)
    for page in navigation.pages():
        staging.page(page)
    navigation.versions(staging)
    assert "(scenarios/Tiny-v0.md)" in (tmp_path / "versions.md").read_text()


@pytest.mark.parametrize(
    "loads",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/css">',
        '<img alt="" src="http://example.org/a.png">',
        '<img alt="" srcset="a.png 1x, https://example.org/b.png 2x">',
        "<style>@import 'https://example.org/a.css';</style>",
        '<p style="background: url(https://example.org/a.png)"></p>',
        '<script>fetch("https://example.org/data")</script>',
    ],
)
def test_what_is_loaded_from_another_host_is_found(tmp_path, loads):
    (tmp_path / "page.html").write_text(f"<!doctype html>{loads}")
    assert len(list(loaded_from_elsewhere(tmp_path))) == 1


def test_links_to_other_hosts_may_stand_on_a_page(tmp_path):
    (tmp_path / "page.html").write_text(
        '<a href="https://example.org">there</a><img alt="" src="data:image/png;base64,">'
    )
    (tmp_path / "own.css").write_text("@font-face { src: url('fonts/a.woff2') }")
    assert list(loaded_from_elsewhere(tmp_path)) == []


def test_a_font_of_another_host_in_a_style_is_found(tmp_path):
    (tmp_path / "own.css").write_text("@font-face { src: url('https://example.org/a.woff2') }")
    assert list(loaded_from_elsewhere(tmp_path)) == ["own.css loads https://example.org/a.woff2"]


def test_boxes_that_scroll_are_reached_by_the_keyboard_and_lists_define_something(tmp_path):
    (tmp_path / "play").mkdir()
    for name in ("page.html", "play/play.html"):
        (tmp_path / name).write_text("<pre>x</pre><dl>\n<dd>a,</dd>\n<dd>b</dd>\n</dl><dl><dt>c</dt><dd>d</dd></dl>")
    mend(tmp_path)
    told = (tmp_path / "page.html").read_text()
    assert '<pre tabindex="0">' in told
    assert told.count('sig-line"') == 2
    assert told.endswith("<dl><dt>c</dt><dd>d</dd></dl>")
    assert "tabindex" not in (tmp_path / "play" / "play.html").read_text()


def test_an_inner_address_is_found_by_its_public_name_and_a_wrong_one_not_at_all():
    assert conf.public("zpdgym.students.curriculum.curriculum.Curriculum") == "zpdgym.students.Curriculum"
    assert conf.public("numpy.ndarray") == ""
    assert conf.exists("zpdgym.parameters.Parameter")
    assert not conf.exists("zpdgym.parameters.Parametre")


@pytest.mark.parametrize("name", zpdgym.list_students())
def test_every_student_has_a_picture_in_words_that_is_the_same_every_time(name):
    first, again = (pictures.of_student(name, simulated.growth_of(name)) for _ in range(2))
    assert first == again
    assert first.words in first.svg
    assert "before the first lesson" in first.words


def test_pictures_of_a_policy_are_the_same_every_time():
    first, again = (pictures.of_policy("linear", simulated.lessons_of("linear")) for _ in range(2))
    assert first == again
    assert "Pupil 1 meets in turn: skill 1" in first.words


@pytest.mark.parametrize("name", zpdgym.list_scenarios())
def test_every_scenario_has_a_picture_of_what_was_learnt_there(name):
    """Made by ``python -m benchmarks.site.learnt``."""
    made = learnt.made(name)
    assert f"{made.picture.words}</desc>" in made.picture.svg
    teacher, beside = made.scores
    assert teacher.startswith("ppo_scorer")
    assert beside == "mastery"
    assert made.outcome == Scenario.load(name).outcome.primary


def test_a_scenario_without_its_picture_says_how_it_is_made(monkeypatch, tmp_path):
    monkeypatch.setattr(learnt, "FOLDER", tmp_path)
    with pytest.raises(SystemExit, match=r"Tiny-v0 has no picture: python -m benchmarks\.site\.learnt Tiny-v0"):
        learnt.made("Tiny-v0")


@pytest.mark.slow
def test_the_picture_of_a_scenario_is_drawn_after_a_training(monkeypatch, tmp_path):
    monkeypatch.setattr(learnt, "FOLDER", tmp_path)
    monkeypatch.setattr(learnt, "TOLD", tmp_path / "learnt.json")
    monkeypatch.setattr(learnt, "LESSONS", 3000)
    learnt.main(["Tiny-v0"])
    assert list(learnt.made("Tiny-v0").scores) == ["ppo_scorer", "mastery"]
    assert "mastery, up to lesson 6" in learnt.made("Tiny-v0").picture.words


def test_who_cannot_be_drawn_is_said_in_one_line(tmp_path):
    with pytest.raises(InputError) as told:
        simulated.lessons_of("saved")
    part = Gallery(Staging(tmp_path), tmp_path / "extra").policy("saved")
    assert part.endswith(f"No picture: {told.value}.\n")


def test_a_scenario_is_played_where_a_tutor_can_be_packed_and_says_why_not_elsewhere(tmp_path):
    gallery = Gallery(Staging(tmp_path), tmp_path / "extra")
    assert '../play/Drill-v0-mastery/play.html"' in gallery.playable("Drill-v0")
    assert (tmp_path / "extra" / "play" / "Drill-v0-mastery" / "play.html").is_file()
    assert "problems of several steps cannot be packed" in gallery.playable("Tutor-v0")


def test_a_script_is_rendered_with_what_its_cells_print_and_end_with(tmp_path):
    script = tmp_path / "story.py"
    script.write_text("# %% [markdown]\n# # Title\n#\n# Text.\n\n# %%\nprint('said')\n1 + 1\n")
    page, drawn = tutorial.rendered(script)
    assert page == "# Title\n\nText.\n\n```python\nprint('said')\n1 + 1\n```\n\n```text\nsaid\n```\n\n```text\n2\n```\n"
    assert drawn == {}


@pytest.mark.slow
@pytest.mark.parametrize("script", sorted((ROOT / "docs" / "tutorial").glob("*.py")), ids=lambda path: path.stem)
def test_the_story_of_an_experiment_ends_as_it_says(script):
    page, drawn = tutorial.rendered(script)
    assert "much is forgotten:   ahead" in page
    assert [svg.count("<svg") for svg in drawn.values()] == [1]
