"""What goes wrong becomes one line on stderr and an exit code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable

from zpdgym.errors import (
    CannotWrite,
    ControlBeaten,
    Failure,
    InputError,
    RunsFailed,
    debugging,
    not_installed,
    one_line,
    place,
)
from zpdgym.notes import on_stderr
from zpdgym.streams import Output, safe_output, to_nowhere

_PRINTING = ("", "list", "bounds", "evaluate", "plan")  # these give nothing but what they print
_LONGEST = 300  # characters of what an error says


def guarded(verb: str, work: Callable[[], int | None]) -> int:
    """Do the work, whatever the streams for what is said can show; the exit code, as ``_outcome`` gives it.

    Where what is printed is all that a verb gives, and it cannot be written, that is a fault, too.
    """
    with safe_output() as printed, on_stderr():
        code = _outcome(verb, work)
    if printed.lost is None or isinstance(printed.lost, BrokenPipeError):
        return code
    told = f"what was to be printed could not be written: {printed.lost.strerror}"
    return _say(f"zpdgym {verb}".strip() + f": {told}", code or int(verb in _PRINTING))


def _outcome(verb: str, work: Callable[[], int | None]) -> int:
    """Do the work; the exit code.

    0 done, 1 a fault of the program, 2 a mistake of the user's, 3 some runs failed, 4 the results cannot be written,
    5 somebody wins on a control, 130 interrupted.

    ``ZPDGYM_DEBUG=1`` shows the traceback as well.
    """
    where = f"zpdgym {verb}".strip()
    try:
        return work() or 0
    except KeyboardInterrupt:
        return _say(f"{where}: interrupted; finished runs are kept, and the same command goes on from there", 130)
    except BrokenPipeError:  # the reader of our output went away, e.g. `zpdgym list | head -1`
        to_nowhere(sys.stdout)
        return 0
    except (InputError, CannotWrite, OSError) as error:
        code = 2 if isinstance(error, InputError) else 4 if isinstance(error, CannotWrite) else 1
        return _say(f"{where}: {_one_line(error)}", code)
    except ModuleNotFoundError as error:
        return _say(f"{where}: {not_installed(error.name)}", 2)
    except ControlBeaten as error:
        return _say(f"{where}: {_one_line(error)}", 5)
    except RunsFailed as error:
        return _say(f"{where}: {_one_line(error)}{_hint() if error.traced else ''}", 3)
    except Failure as error:
        return _say(f"{where}: {_one_line(error)[:_LONGEST]} ({error.place}{_hint()})", 1)
    except Exception as error:
        told = f"{type(error).__name__}: {_one_line(error)[:_LONGEST]}"
        return _say(f"{where}: {told} ({place(error)}{_hint()})", 1)


def _say(message: str, code: int) -> int:
    if debugging():
        traceback.print_exc()
    Output(lambda: sys.stderr).write(f"{message}\n")
    return code


def _hint() -> str:
    return "" if debugging() else "; ZPDGYM_DEBUG=1 shows the whole way"


def _one_line(error: BaseException) -> str:
    return one_line(" ".join(str(error).split()))
