"""What a verb of the command line takes: its keys with defaults, bounds and a sentence each. Light to import."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from zpdgym.errors import Violations, shown
from zpdgym.parameters import whole_of
from zpdgym.scripts.command.settings import resolved_job

Kind = Literal["whole number", "number", "true or false", "text", "list", "number or list", "keys"]
SCENARIO_GROUPS = ("student", "population", "curriculum", "schedule")
"""The sections of a scenario that another choice can replace as a whole."""

_WIDTH = 110
ONE_EACH = "-m runs the verb once for every combination of values given with commas: seed=0,1,2 (Hydra's grammar)."
ONE_OF_ALL = "-m makes one comparison of all combinations of values with commas: lessons=3000,6000 (Hydra's grammar)."
"""What ``-m`` does, in the help of a verb."""


@dataclass(frozen=True, kw_only=True)
class Key:
    """One key of the command line.

    Attributes:
        name: as it is written before the ``=``.
        kind: what its value is.
        text: what it means, in a phrase.
        default: the value when the key is not given; None: see ``usual``.
        usual: what holds then, in words, where the value comes from elsewhere.
        low: the smallest value allowed (numbers).
        high: the largest value allowed (numbers).
        below: how what stands after the dot is written (keys).
        lists: whether values with commas between them, below a dot, are a list (keys).
        written: whether it names a file that is written, so that every combination of a sweep needs one of its own.
    """

    name: str
    kind: Kind
    text: str
    default: Any = None
    usual: str = ""
    low: float = float("-inf")
    high: float = float("inf")
    below: str = "KEY=VALUE"
    lists: bool = False
    written: bool = False

    def but(self, **changes: object) -> Key:
        """The same key with what is different in one verb."""
        return replace(self, **changes)

    def check(self, value: Any, wrong: Violations) -> Any:
        """The value in its kind; what is wrong with it is noted."""
        if value is None:
            wrong.unless(self.default is None, f"{self.name}=null must be a {self.kind}")
            return None
        if self.kind == "list":
            listed = list(value) if isinstance(value, list) else [value]
            wrong.unless("" not in listed, f"{self.name}={','.join(map(str, listed))} has an empty entry")
            return listed
        if self.kind in ("number or list", "keys"):
            return value  # who takes it knows more about it
        if self.kind == "text":
            fine = not isinstance(value, dict | list) and str(value).strip() and str(value).isprintable()
            wrong.unless(bool(fine), f"{self.name}={shown(value)} must be a text")
            return str(value)
        if self.kind == "true or false":
            wrong.unless(isinstance(value, bool), f"{self.name}={_typed(value)} must be true or false")
            return value
        value = whole_of(value) if self.kind == "whole number" else value
        accepted = int if self.kind == "whole number" else (int, float)
        right = isinstance(value, accepted) and not isinstance(value, bool) and self.low <= value <= self.high
        wrong.unless(right, f"{self.name}={_typed(value)} must be a {self.kind}{self._range()}")
        return value

    def _range(self) -> str:
        if self.high == float("inf"):
            return "" if self.low == float("-inf") else f" of at least {self.low:,g}"
        return f" in [{self.low:,g}, {self.high:,g}]" if self.kind == "number" else f" in [{self.low:,}, {self.high:,}]"


class Ranked(NamedTuple):
    """A headline by which the combinations of a sweep are ranked.

    Attributes:
        text: the headline.
        value: the larger the better.
        among: what it can be ranked among: the scenario.
        folder: where more is written.
    """

    text: str
    value: float
    among: str
    folder: str


@dataclass(frozen=True, kw_only=True)
class Group:
    """A key whose value names a file of ``configs/<name>/``, or is the path of a YAML file of the user's own.

    Attributes:
        name: the group.
        text: what it means, in a phrase.
        default: the choice when the key is not given; None: nothing is chosen.
    """

    name: str
    text: str
    default: str | None = None


@dataclass(frozen=True, kw_only=True)
class Verb:
    """One verb of the command line that takes ``group=choice key=value``.

    Attributes:
        name: the verb.
        summary: what it does, in one line.
        text: what it does and what it leaves behind, in a paragraph.
        groups: the groups that it takes.
        keys: the keys that it takes.
        examples: command lines as the help page shows them, each with a phrase below it that says what it does.
        needs: the keys and groups that must be given.
        resolve: what ``--cfg job`` prints, from the settings.
        costs: lines about how much there is to do, which ``--cfg job`` prints, too.
        gather: puts what a sweep varies into the settings of one run; None: each combination is a run.
        run: does the work. Gets the settings: every key's value, and under every group's name its section (a plain
            dict, None when nothing was chosen); ``scenario`` is an object that ``load_scenario`` takes, and
            ``policy_change`` the parameters that were given to the policy (none where a name of its own was);
            ``files``: the path behind a group's section, where it is a file of the user's own. Gives
            back its headline, a phrase for the closing table of a sweep, which may be ranked by it.
    """

    name: str
    summary: str
    text: str
    groups: tuple[Group, ...]
    keys: tuple[Key, ...]
    examples: str
    run: Callable[[Mapping[str, Any]], str | Ranked]
    needs: tuple[str, ...] = ()
    resolve: Callable[[Mapping[str, Any]], dict[str, Any]] = resolved_job
    costs: Callable[[Mapping[str, Any]], list[str]] | None = None
    gather: Callable[[dict[str, Any], Mapping[str, list[Any]]], None] | None = None

    def names(self) -> list[str]:
        """Everything that may stand before the first dot of a key."""
        return [entry.name for entry in (*self.groups, *self.keys)]

    def _default(self, entry: Group | Key) -> str:
        """What holds when the entry is not given, in brackets."""
        if entry.name in self.needs:
            return " [needed]"
        if entry.default in (None, {}):
            return f" [{entry.usual}]" if isinstance(entry, Key) and entry.usual else ""
        shown = str(entry.default).lower() if isinstance(entry.default, bool) else entry.default
        return f" [{shown}]"

    def help(self) -> str:
        """The help page."""
        lines = [
            f"zpdgym {self.name}: {self.summary}",
            "",
            *_wrap(self.text, ""),
            "",
            "Keys, written key=value [default]:",
        ]
        for entry in (*self.groups, *self.keys):
            lines += _wrap(f"{entry.text}{self._default(entry)}", f"  {entry.name:<14} ", " " * 17)
        lines += [
            "",
            "group.key=value changes one value of a chosen file, scenario.section.key=value one of the scenario's.",
            ONE_OF_ALL if self.gather else ONE_EACH,
            "--cfg job prints the whole configuration, scenarios and policies in full, and runs nothing; --info tells",
            "about Hydra. --config-dir DIR: names are looked for in DIR/policy, DIR/scenario, DIR/student, … too.",
            "--help behind policy=NAME, student=NAME, schedule=NAME or cluster=NAME tells what can be set of that.",
            "Files may name classes of zpdgym and of modules in this folder; trust=my_module adds another.",
            "",
            "Examples:",
        ]
        return "\n".join(lines) + self.examples.rstrip()


def _typed(value: object) -> str:
    """A value as it was typed, cut where it is long."""
    return value if isinstance(value, str) and len(value) < 100 else shown(value)


def _wrap(text: str, first: str, later: str | None = None) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=first, subsequent_indent=first if later is None else later, break_on_hyphens=False
    )
