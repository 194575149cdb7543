"""Which programs and libraries train on our environments here, and what each needs beside zpdgym."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.clients.programs import CLEANRL, Program


@dataclass(frozen=True)
class Client:
    """A library or program that nobody here wrote.

    Attributes:
        heading: of its section on the page, whose snippets are run.
        packages: what is installed beside zpdgym, as pip is told; the first is the client itself.
        program: files that are run as they are.
    """

    heading: str
    packages: tuple[str, ...]
    program: Program | None = None

    @property
    def name(self) -> str:
        """How the command line and folders call it."""
        return self.heading.lower()

    @property
    def distribution(self) -> str:
        """The package whose version the table tells; for a program, its commit is told instead."""
        return self.packages[0].partition("[")[0]


CLIENTS = (
    Client("Stable-Baselines3", ("stable-baselines3", "sb3-contrib")),
    Client("sb3-contrib", ("sb3-contrib",)),
    Client("CleanRL", ("tyro", "tensorboard"), program=CLEANRL),
    Client("torchrl", ("torchrl",)),
    Client("RLlib", ("ray[rllib]",)),
    Client("tianshou", ("tianshou",)),
    Client("Minari", ("minari[create,hdf5]", "pillow")),
)
