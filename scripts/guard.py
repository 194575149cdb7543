"""What goes wrong becomes one line on stderr and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable

from zpdgym.errors import CannotWrite, Failure, InputError, RunsFailed, debugging, not_installed, place

_LONGEST = 300  # characters of what an error says


def guarded(verb: str, work: Callable[[], int | None]) -> int:
    """Do the work; the exit code.

    0 done, 1 a fault of the program, 2 a mistake of the user's, 3 some runs failed, 4 the results cannot be written,
    130 interrupted.

    ``ZPDGYM_DEBUG=1`` shows the traceback as well.
    """
    where = f"zpdgym {verb}".strip()
    try:
        return work() or 0
    except KeyboardInterrupt:
        return _say(f"{where}: interrupted; finished runs are kept, and the same command goes on from there", 130)
    except BrokenPipeError:  # the reader of our output went away, e.g. `zpdgym list | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except InputError as error:
        return _say(f"{where}: {_one_line(error)}", 2)
    except ModuleNotFoundError as error:
        return _say(f"{where}: {not_installed(error.name)}", 2)
    except RunsFailed as error:
        return _say(f"{where}: {_one_line(error)}{_hint()}", 3)
    except CannotWrite as error:
        return _say(f"{where}: {_one_line(error)}", 4)
    except OSError as error:
        return _say(f"{where}: {_one_line(error)}", 1)
    except Failure as error:
        return _say(f"{where}: {_one_line(error)[:_LONGEST]} ({error.place}{_hint()})", 1)
    except Exception as error:
        told = f"{type(error).__name__}: {_one_line(error)[:_LONGEST]}"
        return _say(f"{where}: {told} ({place(error)}{_hint()})", 1)


def _say(message: str, code: int) -> int:
    if debugging():
        traceback.print_exc()
    print(message, file=sys.stderr)
    return code


def _hint() -> str:
    return "" if debugging() else "; ZPDGYM_DEBUG=1 shows the whole way"


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
