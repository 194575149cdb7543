"""The command line: finds the verb, and turns what goes wrong into one line and an exit code."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Callable, Sequence

from zpdgym.errors import Failure, InputError, place, unknown
from zpdgym.scripts.verbs import Verb

VERBS = {
    "list": "what there is: scenarios, students, policies",
    "train": "train a teacher, evaluate it on students it has never met, write the run",
    "evaluate": "evaluate a policy: ours, a saved teacher or your own",
    "tune": "the best settings of a policy in a scenario, on validation students",
    "compare": "the main job: every policy and seed of an experiment, then the table and the report",
    "robustness": "every way of teaching before every kind of students, also those that it was not made for",
    "bounds": "what can be known about the best possible outcome of a scenario",
    "calibrate": "student models from a real log of answers, with held-out checks",
    "report": "one self-contained HTML page from an experiment's results",
}
HELP = """zpdgym: which item should a tutor show this learner next?

Simulated students, learnt teachers, honest comparisons.

Usage: zpdgym VERB [group=choice] [key=value] ...

{verbs}

zpdgym VERB --help tells more, with examples. Start here:

  zpdgym list
  zpdgym evaluate scenario=kt6kc policy=mastery
  zpdgym compare experiment=quickstart
"""

_LONGEST = 300  # characters of what an error says


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; the exit code: 0 done, 1 a fault of the program, 2 a mistake in it, 130 interrupted."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(HELP.format(verbs="\n".join(f"  {name:<10} {text}" for name, text in VERBS.items())), end="")
        return 0
    if arguments[0] == "--version":
        from zpdgym import __version__

        print(f"zpdgym {__version__}")
        return 0
    name, *rest = arguments
    return guarded(name if name in VERBS else "", lambda: _run(name, rest))


def guarded(verb: str, work: Callable[[], int | None]) -> int:
    """Do the work; what goes wrong becomes one line on stderr and an exit code.

    ``ZPDGYM_DEBUG=1`` shows the traceback as well.
    """
    where = f"zpdgym {verb}".strip()
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())  # a user's own policy or student lies in the working directory
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
        return _say(f"{where}: the package '{error.name}' is not installed{_extra(error.name)}", 2)
    except OSError as error:
        return _say(f"{where}: {_one_line(error)}", 1)
    except Failure as error:
        return _say(f"{where}: {_one_line(error)[:_LONGEST]} ({error.place}{_hint()})", 1)
    except Exception as error:
        told = f"{type(error).__name__}: {_one_line(error)[:_LONGEST]}"
        return _say(f"{where}: {told} ({place(error)}{_hint()})", 1)


def load_verb(name: str) -> Verb:
    """The description of a verb that takes ``group=choice key=value``."""
    return importlib.import_module(f"zpdgym.scripts.{name}").VERB


def _run(name: str, arguments: list[str]) -> int | None:
    if name not in VERBS:
        raise unknown("verb", name, VERBS)
    module = importlib.import_module(f"zpdgym.scripts.{name}")
    wants_help = any(a in ("-h", "--help") for a in arguments)
    if not hasattr(module, "VERB"):
        if wants_help:
            print(module.HELP)
            return 0
        return module.run(arguments)
    verb: Verb = module.VERB
    if wants_help:
        print(verb.help())
        return 0
    from zpdgym.scripts.overrides import understand

    request = understand(verb, arguments)
    from zpdgym.scripts.compose import settings_of, sweep

    if request.multirun:
        return sweep(verb, request)
    verb.run(settings_of(verb, request))
    return 0


def _say(message: str, code: int) -> int:
    if _debugging():
        traceback.print_exc()
    print(message, file=sys.stderr)
    return code


def _debugging() -> bool:
    return os.environ.get("ZPDGYM_DEBUG", "0") not in ("", "0")


def _hint() -> str:
    return "" if _debugging() else "; ZPDGYM_DEBUG=1 shows the whole way"


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())


def _extra(module: str | None) -> str:
    extras = {
        "rl": ("torch", "stable_baselines3", "sb3_contrib"),
        "track": ("wandb", "tensorboard"),
        "sweep": ("joblib", "submitit", "hydra_plugins"),
    }
    top = (module or "").partition(".")[0]
    return next((f": pip install 'zpdgym[{extra}]'" for extra, names in extras.items() if top in names), "")


if __name__ == "__main__":
    sys.exit(main())
