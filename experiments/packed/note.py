"""The page beside a packed tutor that says in plain words what it is, and what it is not."""

from __future__ import annotations

from .contents import BLIND, About
from .policies import FALLBACK

_BELIEFS = {
    "bkt": "follows each skill by itself, as known or not, from right and wrong answers",
    "graph": "follows skills as known or not, and lets answers on one skill speak for those that it builds on",
    "misconceptions": "follows skills as unknown, right, or wrong in one of a few ways, by the option that was chosen",
    f"misconceptions{BLIND}": "follows skills as unknown, right, or wrong in one of a few ways, by right and wrong",
}
_POLICIES = {
    "mastery": "stays with a skill until it is believed known, then goes on",
    "tuned_index": "adds up what is known of each item with fixed weights, and shows the item with the largest sum",
    "scorer": "scores each item with a small network that was trained on simulated students, and shows the best",
}
_PAGE = """# A packed tutor

This folder holds a tutor for {skills} skills and {items} items ({scenario}, policy {policy}), made with {made_by}.
Given what one pupil has answered so far, it says what it believes that the pupil knows and which item to show next.

**It was not validated with pupils.** What it does was learnt or chosen on simulated students, whose numbers are
assumptions. Nobody has shown that real pupils learn more with it. Let a teacher look at what it chooses.

| file | what is in it |
|---|---|
| `tutor.json` | the tutor, as numbers and names: no code, and nothing about any student |
| `tutor.js` | the program that reads it, one module of plain JavaScript; it needs nothing else and asks no network |
| `play.html` | a page to open in a browser: you are the pupil, and see what the tutor believes and why it goes on so |
| `README.md` | this page |

- What it believes: it {believes}.
- How it chooses: it {chooses}. The same answers always lead to the same choice.
- Where it cannot choose, because the time of its plan is over or the answers fit nothing that it can believe, it says
  so (`by: "fallback"`) and goes through the curriculum: on to the next skill after {row} right answers in a row, or
  {lessons} lessons.

## Using it

    import {{ readFile }} from "node:fs/promises";
    import {{ Tutor }} from "./tutor.js";

    const tutor = new Tutor(JSON.parse(await readFile("tutor.json", "utf8")));
    const {{ item, name, asks, why }} = tutor.next();
    tutor.record(asks ? {{ item, correct: true }} : {{ item }});
    console.log(tutor.belief());

In a browser: `const packed = await (await fetch("tutor.json")).json();`, and the same from there on.

- `next()` changes nothing but the day. `asks` says whether the item asks for an answer; `why`, which is null where the
  tutor cannot choose, has the score of the item and of the one behind it, the gain and the
  chance of a right answer that it expects, and what it believes of the item's skills. `finish: true` means that the
  tutor would stop.
- `record({{ item, correct, option, minutes, hints, day }})` takes in one lesson; only `item` and, where it asks,
  `correct` are needed. `option` is 0 for the right answer. Without `minutes` the item's usual ones count.
- Days pass as in the plan that the tutor was made for, unless `next({{ day }})` and `record({{ ..., day }})` say which
  day it is; that of the first lesson is 0. Say it from the first lesson on, or not at all.
- Versions of node before 20.19 want a `package.json` with `{{"type": "module"}}` beside `tutor.js`.
- `tutor.history` is plain data to keep; `Tutor.after(packed, history)` is the same tutor again. What you keep there is
  about a pupil: it is yours to protect.
- `tutor.js` refuses a `tutor.json` that was cut or changed, in one line.
"""


def note(about: About) -> str:
    """The page for what was packed."""
    return _PAGE.format(
        skills=about.skills,
        items=about.items,
        scenario=about.scenario,
        policy=about.policy,
        made_by=about.made_by,
        believes=_BELIEFS[about.belief],
        chooses=_POLICIES[about.chooser],
        row=FALLBACK["right_in_a_row"],
        lessons=FALLBACK["lessons"],
    )
