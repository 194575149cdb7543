"""Does this checkout still give the same bytes as an old commit? ``python -m benchmarks.same_bytes OLD_COMMIT``.

Runs ``zpdgym compare`` with the code of the old commit (from a git worktree in a temporary folder) and with the code of
this checkout as it lies here, in processes of their own, and compares what they wrote, file by file: students, curves,
lessons, learning curves, teachers, tables. Timings, fingerprints, provenance and the spelling of ``_target_`` are left
aside. Prints a table and ends with 1 on any difference, with the first ones named.

``--experiment tiny --experiment quickstart seeds=2`` is what is run when nothing is said; ``--keep FOLDER`` keeps what
was written, and goes on there with the runs of the old commit. Do not edit the checkout while it runs.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from zpdgym.moved import NAMES

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("students", "envs", "agents", "configs", "experiments", "scripts")
USUAL = (("tiny",), ("quickstart", "seeds=2"))
KINDS = (
    "students.csv", "sampled.csv", "last.csv", "curves.npz", "lessons.npz", "train.csv", "validation.json",
    "tuning.json", "unexpected/*.csv", "policy.yaml", "teacher/teacher.json", "teacher/weights.safetensors",
    "table.json", "table.csv", "table.md", "groups.csv", "unexpected.csv",
)  # fmt: skip
"""The files that hold numbers; all others tell when, where and by what code the numbers were made."""
SHOWN = 5
TARGET = re.compile(r"\bzpdgym\.([A-Za-z0-9_.]+)")
WHERE = "import zpdgym.scripts.cli as cli; print(cli.__file__)"


@dataclass
class Count:
    """What was found of one kind of files."""

    equal: int = 0
    differing: list[str] = field(default_factory=list)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commit", help="the old commit")
    parser.add_argument(
        "--experiment", nargs="+", action="append", metavar=("NAME", "KEY=VALUE"), help="as in zpdgym compare"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep what was written here")
    given = parser.parse_args(arguments)
    experiments = given.experiment or USUAL
    with tempfile.TemporaryDirectory(prefix="same-bytes-") as scratch, old_tree(given.commit, Path(scratch)) as tree:
        kept = (given.keep or Path(scratch) / "results").resolve()
        shutil.rmtree(kept / "new", ignore_errors=True)
        for code, folder in ((tree, "old"), (ROOT, "new")):
            root = import_root(code, Path(scratch) / f"import-{folder}")
            for experiment in experiments:
                run(experiment, root, kept / folder, jobs=given.jobs)
        return report(*compared(kept / "old", kept / "new"))


@contextmanager
def old_tree(commit: str, scratch: Path) -> Iterator[Path]:
    """A worktree of the commit, as long as it is needed."""
    tree, git = scratch / "tree", ("git", "-C", str(ROOT), "worktree")
    subprocess.run([*git, "add", "--quiet", "--detach", str(tree), commit], check=True)
    try:
        yield tree
    finally:
        subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def import_root(tree: Path, folder: Path) -> Path:
    """A folder from which Python imports the code of this tree as ``zpdgym``, whatever is installed."""
    package = folder / "zpdgym"
    package.mkdir(parents=True)
    for path in ((tree / "zpdgym").iterdir(), (tree / name for name in PACKAGES)):
        for source in path:
            if source.name != "__pycache__":
                (package / source.name).symlink_to(source)
    found = subprocess.run(
        [sys.executable, "-c", WHERE], env=environment(folder), cwd=folder, check=True, capture_output=True, text=True
    )
    assert found.stdout.startswith(str(package)), f"zpdgym is imported from {found.stdout.strip()}, not from {package}"
    return folder


def environment(root: Path) -> dict[str, str]:
    """The import root wins over what is installed; kernels are compiled beside it, by each tree for itself."""
    return {**os.environ, "PYTHONPATH": str(root), "XDG_CACHE_HOME": str(root / "cache")}


def run(experiment: Sequence[str], root: Path, results: Path, *, jobs: int) -> None:
    """Run one experiment with the code below an import root."""
    name, *changes = experiment
    words = (f"experiment={name}", *changes, "tracking=none", f"results={results}", f"jobs={jobs}")
    print("==", results.name, *words, flush=True)
    command = [sys.executable, "-m", "zpdgym.scripts.cli", "compare", *words]
    results.mkdir(parents=True, exist_ok=True)
    ended = subprocess.run(command, cwd=root, env=environment(root), stdout=subprocess.PIPE, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"{ended.stdout}\nzpdgym compare ended with {ended.returncode} in {results}")
    print("\n".join(ended.stdout.splitlines()[-3:]), flush=True)


def compared(old: Path, new: Path) -> tuple[dict[str, Count], set[str]]:
    """What is equal and what differs of each kind of files; and the names of the files that were left aside."""
    counts, aside = {kind: Count() for kind in KINDS}, set[str]()
    for name in sorted(files(old) | files(new)):
        kind = kind_of(name)
        if kind is None:
            aside.add(Path(name).name)
        elif said := difference(old / name, new / name):
            counts[kind].differing.append(f"{name}: {said}")
        else:
            counts[kind].equal += 1
    return counts, aside


def files(folder: Path) -> set[str]:
    """Every file below a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def kind_of(name: str) -> str | None:
    """The kind that a file belongs to; None: it is not compared."""
    parent = Path(name).parent.name
    for kind in KINDS:
        inside = kind.partition("/")[0] if "/" in kind else parent
        if parent == inside and Path(name).match(kind):
            return kind
    return None


def difference(old: Path, new: Path) -> str:
    """In what two files differ first; empty: in nothing."""
    for path, which in ((old, "old"), (new, "new")):
        if not path.is_file():
            return f"there is none of the {which} code"
    if old.suffix == ".npz":
        return _first(arrays(old), arrays(new))
    if old.suffix == ".safetensors":
        return "" if old.read_bytes() == new.read_bytes() else "other bytes"
    return _first(lines(old), lines(new))


def arrays(path: Path) -> dict[str, tuple[str, tuple[int, ...], bytes]]:
    """The arrays of a file, without the dates of the archive."""
    with np.load(path, allow_pickle=False) as stored:
        return {name: (stored[name].dtype.str, stored[name].shape, stored[name].tobytes()) for name in stored.files}


def lines(path: Path) -> dict[str, str]:
    """The lines of a text, with the public name of whatever is named in it."""
    text = TARGET.sub(lambda found: f"zpdgym.{NAMES.get(found[1], found[1])}", path.read_bytes().decode())
    return {f"line {number}": line for number, line in enumerate(text.split("\n"), 1)}


def _first(old: Mapping[str, object], new: Mapping[str, object]) -> str:
    for name in dict.fromkeys([*old, *new]):
        if name not in old or name not in new:
            return f"{name} is only in the {'old' if name in old else 'new'} one"
        if old[name] != new[name]:
            shown = [_short(value) for value in (old[name], new[name])]
            return f"{name} differs" + (f": {shown[0]} | {shown[1]}" if all(shown) else "")
    return "" if list(old) == list(new) else "another order"


def _short(value: object) -> str:
    return value[:60] if isinstance(value, str) else ""


def report(counts: Mapping[str, Count], aside: Iterable[str]) -> int:
    """Print the table and the first differences; 1 when there are any, or when nothing was compared."""
    table = Table("kind of file", "compared", "equal", "differing")
    for kind, count in counts.items():
        if count.equal or count.differing:
            shown = (count.equal + len(count.differing), count.equal, len(count.differing))
            table.add_row(kind, *map(str, shown))
    Console(width=100).print(table)
    print(f"left aside: {', '.join(sorted(aside)) or 'nothing'}")
    differing = [said for count in counts.values() for said in count.differing]
    for said in differing[:SHOWN]:
        print(f"differs: {said}")
    if len(differing) > SHOWN:
        print(f"and {len(differing) - SHOWN} more")
    if not any(count.equal for count in counts.values()):
        print("nothing was compared")
        return 1
    return int(bool(differing))


if __name__ == "__main__":
    sys.exit(main())
