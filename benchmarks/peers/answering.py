"""A program in another library's environment answers questions: one line of JSON in, one line out.

It imports this before the library: what that prints goes to stderr from then on, so that it is no answer.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

_TOLD = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)


def answer(answers: Mapping[str, Callable[..., Any]]) -> None:
    """Answer until nobody asks any more: ``{"ask": NAME, …}`` calls the function of that name with the rest."""
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(answers[asked.pop("ask")](**asked)), file=_TOLD, flush=True)
