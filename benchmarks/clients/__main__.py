"""Every client in an environment of its own: install, train, teach; then the table. ``make clients``.

A client is a library or program that nobody here wrote. Each gets a virtual environment below .clients/ with what it
asks for and zpdgym from this checkout, runs its section of docs/how-to/train-with.md, and is ok when what it trained
teaches better than chance. Whatever does not install or is skipped has failed: the exit code is 1.

CleanRL's files come from GitHub, from one named commit; where there is no network, ZPDGYM_CLEANRL names a folder that
holds them (a clone at that commit). Their checksums are compared before they run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from benchmarks.clients.clients import CLIENTS, Client
from benchmarks.clients.environment import ROOT, Failed, clashes, environment, run
from benchmarks.clients.page import shared_files, snippet
from benchmarks.clients.programs import Unobtainable
from benchmarks.clients.taught import STUDENTS

BESIDE = ("gymnasium", "numpy", "pandas", "torch")
"""Packages whose version the table tells beside the client's own."""


@dataclass
class Ran:
    """What came of a client: what its environment told, or why it told nothing."""

    client: Client
    told: dict[str, Any] = field(default_factory=dict[str, Any])
    fault: str = ""


def main() -> int:
    """Run the clients named, or all; 1 when one of them failed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.clients", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [client.name for client in CLIENTS]
    parser.add_argument("clients", nargs="*", metavar="CLIENT", help=f"only these: {', '.join(names)}")
    asked = parser.parse_args().clients
    if unknown := sorted(set(asked) - set(names)):
        parser.error(f"there is no client {unknown[0]}; there are {', '.join(names)}")
    ran = [tried(client) for client in CLIENTS if not asked or client.name in asked]
    print("\n".join(table(ran)))
    return int(any(one.fault for one in ran))


def tried(client: Client) -> Ran:
    """Install a client, run it, and judge what it trained."""
    print(f"{client.name} …", file=sys.stderr, flush=True)
    folder = ROOT / ".clients" / client.name
    folder.mkdir(parents=True, exist_ok=True)
    ran = Ran(client)
    try:
        python = environment(client, folder)
        if client.program is not None:
            client.program.put_into(folder)
        for name, text in {**shared_files(), "train.py": snippet(client.heading)}.items():
            (folder / name).write_text(text, encoding="utf-8")
        log, told_in = folder / "run.log", folder / "told.json"
        for old in (log, told_in):
            old.unlink(missing_ok=True)
        taught = str(ROOT / "benchmarks" / "clients" / "taught.py")
        command = [str(python), taught, "train.py", told_in.name, client.distribution, *BESIDE]
        shutil.rmtree(folder / "home", ignore_errors=True)
        run(command, folder, log, at_home=folder / "home")
        ran.told = {**json.loads(told_in.read_text(encoding="utf-8")), "clashes": clashes(python)}
    except (Failed, Unobtainable) as error:
        ran.fault = str(error)
        return ran
    chance = ran.told["references"]["random"]
    poor = [name for name, (_, low, _) in ran.told["trained"].items() if not low > chance[2]]
    if poor or not ran.told["trained"]:
        ran.fault = f"{poor[0]} teaches no better than chance" if poor else "left no teacher"
    return ran


def table(ran: list[Ran]) -> list[str]:
    """The lines of the table, in Markdown, and what pip says of pins that are not kept."""
    lines = [
        f"{time.strftime('%Y-%m-%d')}, Python {platform.python_version()}, {os.cpu_count()} cores. "
        f"Expected share of exam items right, 95 % interval; {STUDENTS} students.",
        "",
        f"| client | version | {' | '.join(BESIDE)} | trained | seconds | exam | random | mastery | |",
        f"|---|---|{'---|' * len(BESIDE)}---|---:|---|---:|---:|---|",
    ]
    for one in ran:
        verdict = f"FAILED: {one.fault}" if one.fault else "ok"
        lines += [f"| {' | '.join([*row, verdict])} |" for row in rows(one)]
    clashing = [f"* {one.client.heading}: {line}" for one in ran for line in one.told.get("clashes", ["not asked"])]
    said = (
        ["Pins that are not kept (`pip check`):", "", *clashing] if clashing else ["All pins are kept (`pip check`)."]
    )
    return [*lines, "", *said]


def rows(ran: Ran) -> list[list[str]]:
    """The cells before the verdict, a row for each thing trained; one row where nothing was."""
    told, client = ran.told, ran.client
    if not told.get("trained"):
        return [[client.heading, *[""] * (len(BESIDE) + 6)]]
    versions = told["versions"]
    version = f"commit {client.program.commit[:7]}" if client.program else versions[client.distribution]
    chance, mastery = (f"{told['references'][policy][0]:.3f}" for policy in ("random", "mastery"))
    first = [client.heading, version, *(versions[name] for name in BESIDE)]
    return [
        [*first, f"`{name}`", f"{told['seconds']:.0f}", f"{mean:.3f} [{low:.3f}, {high:.3f}]", chance, mastery]
        for name, (mean, low, high) in told["trained"].items()
    ]


if __name__ == "__main__":
    sys.exit(main())
