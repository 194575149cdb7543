"""The gallery: every scenario, student and policy with its picture, and the tutors that can be played with.

``python -m benchmarks.site.gallery FOLDER`` writes the pictures and pages alone; ``make docs`` does it, too. Nothing
here lists names: who is there, what can be drawn and what can be packed is asked of the code.
"""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Callable
from pathlib import Path

import zpdgym
from zpdgym.configs.build import config_files
from zpdgym.errors import InputError

from benchmarks.site import learnt, pictures, simulated
from benchmarks.site.pictures import Picture
from benchmarks.site.staging import Staging

HEAD = re.compile(r"# (?P<sentence>.+)\n(?:#.*\n)*?# Page: docs/(?P<page>\S+)")
PLAYED = ("mastery", "tuned_index")
"""Untrained policies that are packed for every scenario in which they can be."""
STUDENTS = f"""# Students in pictures

What {simulated.LESSONS} lessons on one skill do to the mastery of {simulated.STUDENTS} simulated students of each kind,
and what {simulated.REST[-1]} days without a lesson leave of it. What *mastery* means differs between the kinds:
[each one's page](../students/index.md) says it. Simulated students are not pupils.
"""
POLICIES = f"""# Policies in pictures

Which skill is taught when: a row for each skill, a mark for each lesson of {simulated.PUPILS} pupils; a dot for a right
answer, a cross for a wrong one, darker rows where the tutor believes the skill better known. The settings are those of
the policy's file, nothing is tuned. [What each of them does](../policies/index.md). Simulated students are not pupils.
"""
SCENARIOS = f"""# Scenarios in pictures

Which skill how many of {simulated.CLASS} pupils are taught when: under a learnt teacher (an item scorer with the
settings of its file, from one training of {learnt.LESSONS:,} lessons; made by `python -m benchmarks.site.learnt`), and
under textbook mastery learning. That is a look at what was learnt, not a comparison: those are in the
[results](../results/index.md). Simulated students are not pupils.
"""
INDEX = """# Gallery

* [Scenarios](scenarios.md): what is taught to whom, what a good curriculum looks like there, and tutors to play with
* [Students](students.md): how each kind learns and forgets
* [Policies](policies.md): which skill each teaches when

Made by `make docs` from small simulations, the same pictures every time.

```{toctree}
:hidden:

scenarios
students
policies
```
"""


def told(kind: str, name: str) -> tuple[str, str | None]:
    """The first sentence of a configuration file, and its page; None where it names none."""
    text = config_files(kind)[name].read_text(encoding="utf-8")
    found = HEAD.match(text)
    if found:
        return found["sentence"], found["page"]
    return text.partition("\n")[0].removeprefix("# "), None


class Gallery:
    """Writes pictures and pages.

    Args:
        staging: where the site's source is.
        extra: what stands in the site beside its pages: the tutors to play with.
    """

    def __init__(self, staging: Staging, extra: Path) -> None:
        self.staging, self.extra = staging, extra

    def write(self) -> None:
        """All pages with all pictures."""
        self.staging.write("gallery/index.md", INDEX)
        self.staging.write("gallery/students.md", STUDENTS + "".join(map(self.student, zpdgym.list_students())))
        self.staging.write("gallery/policies.md", POLICIES + "".join(map(self.policy, zpdgym.list_policies())))
        self.staging.write("gallery/scenarios.md", SCENARIOS + "".join(map(self.scenario, zpdgym.list_scenarios())))

    def student(self, name: str) -> str:
        """The part of one student."""
        sentence, page = told("student", name)

        def draw() -> tuple[Picture, str]:
            grown = simulated.growth_of(name)
            where = "" if grown.where.startswith("Practice") else f" Taught the curriculum of {grown.where}."
            return pictures.of_student(name, grown), f"`student={name}`.{where}"

        return self._part("student", name, f"{html.escape(sentence)} [More](../{page})", draw)

    def policy(self, name: str) -> str:
        """The part of one policy."""
        sentence, page = told("policy", name)

        def draw() -> tuple[Picture, str]:
            shown = simulated.lessons_of(name)
            learnt = f", after a training of only {simulated.TRAINED} lessons" if shown.trained else ""
            return pictures.of_policy(name, shown), f"`policy={name}` in {shown.world.name}{learnt}."

        return self._part("policy", name, f"{html.escape(sentence)} [More](../{page})", draw)

    def scenario(self, name: str) -> str:
        """The part of one scenario, with the tutors that can be played with in it."""
        sentence, _ = told("scenario", name)

        def draw() -> tuple[Picture, str]:
            made = learnt.made(name)
            scores = ", ".join(f"`{policy}` {outcome:.3f}" for policy, outcome in made.scores.items())
            return made.picture, f"{made.outcome}: {scores}."

        about = f"{html.escape(sentence)} [More](../scenarios/{name}.md)\n\n{self.playable(name)}"
        return self._part("scenario", name, about, draw)

    def playable(self, scenario: str) -> str:
        """Links to the tutors of a scenario that were packed; why not, where none can be."""
        links, refused = [], ""
        for policy in PLAYED:
            folder = self.extra / "play" / f"{scenario}-{policy}"
            folder.parent.mkdir(parents=True, exist_ok=True)
            try:
                zpdgym.pack(policy, to=folder, scenario=scenario)
            except InputError as error:
                refused = refused or str(error)
                continue
            links.append(f'<a href="../play/{folder.name}/play.html"><code>{policy}</code></a>')
        if links:
            return f"<p>Be the pupil of {' or '.join(links)}: opens in the browser, nothing to install.</p>"
        return f"Cannot be played in the browser yet: {html.escape(refused)}."

    def _part(self, kind: str, name: str, about: str, draw: Callable[[], tuple[Picture, str]]) -> str:
        """A heading, what it is, and its picture; in place of a picture the reason why there is none."""
        try:
            picture, caption = draw()
        except InputError as error:
            return f"\n## {name}\n\n{about}\n\nNo picture: {html.escape(str(error))}.\n"
        file = f"{kind}-{name}.svg"
        self.staging.write(f"_static/gallery/{file}", picture.svg)
        wide, high = re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', picture.svg)[0]
        box = "drawing wide" if float(wide) > 600 else "drawing"
        return (
            f'\n## {name}\n\n{about}\n\n<div class="{box}" tabindex="0" role="group" aria-label="Picture of {name}">'
            f'<img src="../_static/gallery/{file}" width="{float(wide):.0f}" height="{float(high):.0f}" '
            f'loading="lazy" alt="{html.escape(picture.words)}"></div>\n\n{caption}\n'
        )


if __name__ == "__main__":
    Gallery(Staging(Path(sys.argv[1])), Path(sys.argv[1]) / "extra").write()
