"""Command lines as the tests call them, and a policy of a user's own."""

from __future__ import annotations

import os
from pathlib import Path

from zpdgym.scripts.cli import main
from zpdgym.scripts.command.compose import settings_of
from zpdgym.scripts.command.overrides import understand

SMALL = ["n_students=20", "scenario=tiny"]
ROOT = Path(__file__).resolve().parents[2]

POLICY = '''
import numpy as np

class MyPolicy:
    """Always the same item."""
    name, privileged, learnt, draws, needs = "mine", False, False, 0, frozenset()
    def __init__(self, *, item=0): self.item = item
    def bind(self, problem): pass
    def predict(self, observation, state=None, episode_start=None, deterministic=False, *, action_masks=None, u=None):
        return np.full(len(observation), self.item), None
'''


def settings(verb, *arguments):
    return settings_of(verb, understand(verb, arguments))


def fails(capsys, *arguments) -> str:
    """The one line that a mistaken command line says; nothing else happens."""
    before = sorted(os.listdir())
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert sorted(os.listdir()) == before
    return said.err
