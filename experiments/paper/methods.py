"""The paragraph on methods: who was taught, what was tuned and trained, and what the numbers say, in plain words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from ..metrics import MEANING
from ..reading.folder import Folder
from ..statistics import HEADLINE_SEEDS
from ..store.runs import TEACHER, TUNING
from . import asked
from .latex import escaped
from .setting import one_of, people, place_name, places, retention
from .sources import OWN, Used
from .words import outcome_name, tick_words

_CITED = re.compile(r"\{\{([\w,]+)\}\}")
SHOWN = ("python", "numpy", "numba", "torch", "stable_baselines3")


def sentences(folder: Folder, used: Sequence[Used]) -> list[str]:
    """The sentences; ``{{key,key}}`` stands for a citation."""
    return [
        *_compared(folder),
        *_taught(folder),
        *_made(folder),
        *_statistics(folder),
        *asked.sentences(folder),
        *_origin(folder),
        *_sources(used),
    ]


def as_markdown(told: Iterable[str]) -> str:
    """The paragraph in Markdown, citations as Pandoc writes them."""
    return " ".join(_CITED.sub(lambda found: f"[{_keys(found[1], '; ', '@')}]", line) for line in told) + "\n"


def as_latex(told: Iterable[str]) -> str:
    r"""The paragraph in LaTeX, citations as ``\cite``."""
    lines = list[str]()
    for line in told:
        parts = _CITED.split(line)  # texts and keys by turns
        lines.append("".join(f"\\cite{{{part}}}" if i % 2 else escaped(part) for i, part in enumerate(parts)))
    return "\n".join(lines) + "\n"


def _keys(text: str, between: str, before: str) -> str:
    return between.join(f"{before}{key}" for key in text.split(","))


def _compared(folder: Folder) -> list[str]:
    policies = list(dict.fromkeys(run.base for run in folder.runs))
    where = list(dict.fromkeys(place_name(folder, label) for label in folder.compared))
    count = len(folder.compared)
    told = [f"We compared {len(policies)} ways of teaching ({', '.join(policies)}) with zpdgym {{{{{OWN}}}}}."]
    if folder.axes:
        axes = "; ".join(f"{name}: {', '.join(map(tick_words, levels))}" for name, levels in folder.axes.items())
        cells = f"{count} cells" if count > 1 else "one cell"
        return [*told, f"They were compared in {'; '.join(where)}, in a grid of {cells} ({axes})."]
    return [*told, f"They taught in {'; '.join(where)}."]


def _taught(folder: Folder) -> list[str]:
    fewer = cast("Mapping[str, int]", folder.experiment.get("fewer_students") or {})
    primary = list(dict.fromkeys(about.primary for about in folder.compared.values()))
    told = [*places(folder), *people(folder)]
    for name in primary:
        meaning = MEANING.get(name, "right after the last lesson").replace("retention_days", retention(folder))
        told.append(f"The primary outcome is the {outcome_name(name)}: {meaning}.")
    told += [f"{name} taught only the first {count} of them." for name, count in fewer.items()]
    lives = one_of(about.lives for about in folder.compared.values())
    if lives != "0":
        told.append(f"The first of the students lived {lives} times with other luck, to tell harm from bad luck.")
    return told


def _made(folder: Folder) -> list[str]:
    told = list[str]()
    tuned = list(dict.fromkeys(run.base for run in folder.runs if run.run.has(TUNING)))
    trained = [run for run in folder.runs if run.run.has(TEACHER)]
    if tuned:
        budget = folder.experiment.get("tune_budget")
        told.append(f"{', '.join(tuned)} had settings tuned, with a budget of at most {budget} settings each.")
    if trained:
        names = list(dict.fromkeys(run.base for run in trained))
        lessons = one_of(cast("int", run.run.config()["lessons"]) for run in trained)
        of_each = Counter((run.scenario, run.policy) for run in trained)
        seeds = min(of_each.values())
        told.append(
            f"{', '.join(names)} {'was' if len(names) == 1 else 'were'} trained on {lessons} lessons with "
            f"{one_of(sorted(of_each.values()))} training seed{'s' * (seeds > 1)}; of each training the teacher that "
            "did best on validation students was kept."
        )
        if seeds < HEADLINE_SEEDS:
            told.append(f"This is a quick look: a headline needs {HEADLINE_SEEDS} seeds.")
    return told


def _statistics(folder: Folder) -> list[str]:
    scenarios = list(folder.table.scenarios.values())
    smallest = one_of(scenario.smallest_difference for scenario in scenarios)
    verdicts = one_of(scenario.verdicts for scenario in scenarios)
    over = "in all cells together" if folder.axes else "in each scenario"
    return [
        "Intervals are 95 % and hold over training seeds and students, both drawn at random (crossed), by Student's t "
        "for each, added in quadrature, with a correction for skewed seeds.",
        "Differences are paired: the same students with the same luck under both policies.",
        f"Verdicts go by intervals corrected by Bonferroni for all {verdicts} differences judged {over}, and a "
        f"difference of {smallest} is the smallest that is called worth having.",
    ]


def _origin(folder: Folder) -> list[str]:
    origins = [run.origin for run in folder.runs]
    versions = [cast("Mapping[str, str]", origin["versions"]) for origin in origins]
    named = ", ".join(f"{name} {one_of(v.get(name, 'unknown') for v in versions)}" for name in SHOWN)
    commits = dict.fromkeys(_commit(origin.get("git")) for origin in origins)
    seconds = sum(float(value) for origin in origins for value in origin["seconds"].values())
    own = one_of(version.get("zpdgym", "unknown") for version in versions)
    return [
        f"The numbers were made with zpdgym {own} (source: {'; '.join(commits)}), {named}, in {seconds:.0f} seconds of "
        f"computing; {len(folder.runs)} runs were verified by their checksums."
    ]


def _commit(git: object) -> str:
    if not isinstance(git, Mapping):
        return "an installed package"
    found = cast("Mapping[str, object]", git)
    return f"commit {str(found.get('commit'))[:12]}{', changed since' if found.get('changed') else ''}"


def _sources(used: Sequence[Used]) -> list[str]:
    cited = [one for one in used if one.keys and one.keys != (OWN,)]
    own = [one for one in used if not one.keys]
    told = list[str]()
    if cited:
        listed = ", ".join(f"{one.name} ({one.what}) {{{{{','.join(one.keys)}}}}}" for one in cited)
        told.append(f"Sources: {listed}; the others are zpdgym's own.")
    if own:
        told.append(f"Without a source known to zpdgym: {', '.join(f'{one.name} ({one.what})' for one in own)}.")
    return told
