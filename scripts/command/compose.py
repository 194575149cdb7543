"""From overrides to settings with Hydra: configuration files, sweeps and launchers, without Hydra's litter.

Hydra is kept from making directories, log files and copies of its configuration, and from changing the working
directory: zpdgym writes its results itself.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import yaml
from hydra import compose, initialize_config_dir
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException, MissingConfigException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException
from zpdgym.configs.build import CONFIGS, OWN, own_files, read_yaml
from zpdgym.configs.trust import check_typed, printed
from zpdgym.errors import InputError, Violations, unknown
from zpdgym.scripts.command.closing import Row, closing
from zpdgym.scripts.command.gathering import gathered, is_swept
from zpdgym.scripts.command.guard import guarded
from zpdgym.scripts.command.lists import inside, one_of_many, parts, quoted
from zpdgym.scripts.command.overrides import FREE_CHOICES, MINE, Request, as_typed, choices, in_full
from zpdgym.scripts.command.spaces import is_space, plain_space
from zpdgym.scripts.command.verbs import SCENARIO_GROUPS, Ranked, Verb

_NAMED = ("policy", "experiment")  # sections that are called by their file's name …
MANY = "add -m to run each of them"
_WHO = ("_target_", "path")  # keys that say which policy it is, and no parameter of it
_OWN_NAMES = ("custom", "saved")  # … unless what stands behind them has a name of its own
_FILE = "_file_"  # a key that carries the path of a file of the user's own through Hydra
_NO_LITTER = (
    "hydra/hydra_logging=none",
    "hydra/job_logging=none",
    "hydra.output_subdir=null",
    "hydra.job.chdir=false",
    "hydra.run.dir=.",
    "hydra.sweep.subdir=.",
)
_NUMBERED = "${hydra:job.num}"
"""The number of a sweep's combination, in a value."""


def settings_of(verb: Verb, request: Request) -> dict[str, Any]:
    """The settings that a command line asks for.

    Raises:
        InputError: a value that cannot be read, is of the wrong type or out of range, or a missing one.
    """
    with _hydra():
        config = compose(_root(verb), overrides=_prepare(verb, request), return_hydra_config=True)
        return _settings(verb, config, config.hydra)


def show(verb: Verb, request: Request) -> None:
    """Print the configuration (``--cfg``) as YAML: of the job with every scenario and policy in full, or Hydra's own.

    Raises:
        InputError: as ``settings_of``; what is wrong with a scenario or policy; or a part that there is not.
    """
    options, shown, costs = request.options, dict[str, Any](), list[str]()
    if options.cfg != "hydra":
        settings = settings_of(verb, request)
        shown |= verb.resolve(settings)
        costs += verb.costs(settings) if verb.costs and not options.package else []
    if options.cfg != "job":
        with _hydra():
            composed = compose(_root(verb), overrides=_prepare(verb, request), return_hydra_config=True)
            own = OmegaConf.masked_copy(composed, ["hydra"])
            shown |= yaml.safe_load(OmegaConf.to_yaml(own, resolve=options.resolve))
    for part in options.package.split(".") if options.package and options.package != "_global_" else ():
        known = {str(k): v for k, v in (shown.items() if isinstance(shown, dict) else enumerate(shown))}
        if part not in known:
            raise unknown("part in --package", part, known)
        shown = known[part]
        if not isinstance(shown, dict | list):
            print(yaml.safe_dump(shown, allow_unicode=True).removesuffix("...\n"), end="")
            return
    if options.cfg == "job":
        print("# What is not mentioned has the default of its class: zpdgym list policy NAME, list student NAME.")
        print("".join(f"# {line}\n" for line in costs), end="")
    print(yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, default_flow_style=None, width=110), end="")


def tell(verb: Verb, request: Request) -> None:
    """Print what Hydra knows (``--info``): its files, plug-ins, search path and defaults."""
    with _hydra() as hydra:
        hydra.show_info(request.options.info, config_name=_root(verb), overrides=_prepare(verb, request))
    if os.environ.get(OWN) and request.options.info in ("all", "searchpath"):
        print(f"\nRead by zpdgym itself, not by Hydra: {os.environ[OWN]}")


def sweep(verb: Verb, request: Request) -> int:
    """Run the verb once for every combination of values; the largest exit code of all.

    A verb that makes one thing of all combinations is run once.
    """
    if verb.gather is not None:
        found = gathered(request, [_readable(verb, override, True) for override in request.overrides])
        if found is not None:
            one, axes = found
            settings = settings_of(verb, one)
            verb.gather(settings, axes)
            verb.run(settings)
            return 0
    _must_write_apart(verb, [_readable(verb, override, True) for override in request.overrides])
    with tempfile.TemporaryDirectory() as folder, _hydra() as hydra:
        finished = hydra.multirun(
            config_name=_root(verb),
            task_function=partial(_job, verb),
            overrides=[f"hydra.sweep.dir={_sweep_folder(request, folder)}", *_prepare(verb, request)],
            with_log_configuration=False,
        )
    rows: list[Row] = [job.return_value for batch in finished for job in batch]
    print("\n" + "\n".join(closing(rows)))
    return max((code for code, _, _ in rows), default=0)


def _must_write_apart(verb: Verb, readable: Iterable[str]) -> None:
    """Refuse a sweep whose combinations would write one file, each over the one before.

    Raises:
        InputError: a file's name tells neither the combination's number nor each value that is swept beside it.
    """
    given = {override.partition("=")[0]: override.partition("=")[2] for override in readable}
    swept = [key for key, text in given.items() if _parsed(f"{key}={text}").is_sweep_override()]
    for name in (key.name for key in verb.keys if key.written and key.name in given):
        text, others = given[name], [key for key in swept if key != name]
        if not others or _NUMBERED in text or (name not in swept and all(f"${{{key}}}" in text for key in others)):
            continue
        told = f"give each its own: {name}='students-{_NUMBERED}.csv'"
        raise InputError(
            f"{as_typed(f'{name}={text}')}: combinations of {', '.join(others)} would write one file; {told}"
        )


def _job(verb: Verb, config: DictConfig) -> Row:
    """One combination of a sweep, in this process or in one that a launcher started.

    Returns:
        the exit code, the combination as the user would type it, and what came of it in a phrase.
    """
    hydra = HydraConfig.get()
    typed = " ".join(as_typed(override) for override in hydra.overrides.task)
    sys.stderr.write(f"zpdgym {verb.name} {typed}{printed()}\n")
    headlines: list[str | Ranked] = ["failed, see above"]
    code = guarded(verb.name, lambda: headlines.append(verb.run(_settings(verb, config, hydra))))
    return code, typed, headlines[-1]


@contextmanager
def _hydra() -> Iterator[Any]:
    """Hydra with our folder of configurations; its errors become one line of ours."""
    try:
        with initialize_config_dir(version_base="1.3", config_dir=str(CONFIGS), job_name="zpdgym"):
            yield GlobalHydra.instance().hydra
    except (HydraException, OmegaConfBaseException) as error:
        raise _translated(error) from error


def _sweep_folder(request: Request, temporary: str) -> str:
    """Where a launcher keeps its own files: a cluster needs a folder that all its machines see."""
    cluster = any(o.startswith("hydra/launcher=submitit_slurm") for o in request.overrides)
    return os.path.abspath(".zpdgym-jobs") if cluster else temporary


def _root(verb: Verb) -> str:
    return f"zpdgym_{verb.name}"


def _prepare(verb: Verb, request: Request) -> list[str]:
    """Make the verb's root schema and the user's own files known to Hydra; give back overrides that it can read.

    Hydra reads no file of the user's itself: it would look things up in the environment, and take orders.
    """
    store = ConfigStore.instance()
    sections = [group for group in verb.groups if group.name != "scenario"]
    root: dict[str, Any] = {"defaults": ["_self_", *({group.name: group.default} for group in sections)]}
    if len(sections) < len(verb.groups):
        default = next(group.default for group in verb.groups if group.name == "scenario")
        root["scenario"] = {"name": default, "change": {}}
    store.store(name=_root(verb), node=root | {key.name: key.default for key in verb.keys}, provider="zpdgym")
    for (group, name), node in FREE_CHOICES.items():
        store.store(group=group, name=name, node=node, provider="zpdgym")
    for (group, name), path in request.files.items():
        store.store(group=group, name=name, node=read_yaml(path) | {_FILE: str(path)}, provider="zpdgym")
    for group in (group.name for group in verb.groups if os.environ.get(OWN)):
        for name, path in own_files(group).items():
            store.store(group=group, name=name, node=read_yaml(path), provider="zpdgym")
    return [*_NO_LITTER, *(_readable(verb, override, request.options.multirun) for override in request.overrides)]


def _readable(verb: Verb, override: str, multirun: bool) -> str:
    """The override itself, or as Hydra can read it.

    A list gets its brackets, and a path quotes where Hydra's grammar has no place for it (``~``, a comma, a bracket).
    """
    key, _, value = override.partition("=")
    held = inside(value)
    found = parts(value if held is None else held)
    listed = held is not None or (len(found) > 1 and _takes_list(verb, key, multirun))
    if listed and (held is None or not _is_read(override) or any(one_of_many(part) != part for part in found)):
        override = f"{key}=[{','.join(map(_fitting, found))}]"
    override = plain_space(override) if is_space(override) else override
    if not _is_read(override):
        override = f"{key}={','.join(map(_fitting, found)) if multirun else quoted(value)}"
    parsed = _parsed(override)
    if parsed.is_sweep_override() and len(found) == 1 and one_of_many(value) != value:
        override = f"{key}={quoted(value)}"  # a path with a comma in it
    elif parsed.is_sweep_override() and not multirun:
        once = verb.gather is not None and not is_swept(as_typed(key))
        raise InputError(f"{as_typed(override)} gives several values: {'give one' if once else MANY}")
    return override


def _takes_list(verb: Verb, key: str, multirun: bool) -> bool:
    """Whether values with commas between them are a list there, and no sweep."""
    top, dot, _ = key.lstrip("+").partition(".")
    entry = next((entry for entry in verb.keys if entry.name == top), None)
    if entry is None:
        return False
    return entry.lists if dot else entry.kind.endswith("list") and not multirun


def _fitting(part: str) -> str:
    """One value of a list, quoted where Hydra cannot read it among others; what is wrong inside keys it tells."""
    if part.startswith("{"):
        return part
    return one_of_many(part) if _is_read(f"key=[{part}]") else quoted(part)


def _is_read(override: str) -> bool:
    try:
        return _parsed(override) is not None
    except HydraException:
        return False


def _parsed(override: str) -> Override:
    return OverridesParser.create().parse_override(override)


def _settings(verb: Verb, config: DictConfig, hydra: Any) -> dict[str, Any]:
    """Plain values, checked: keys by their kind and bounds, the scenario with its replaced and changed sections."""
    own = OmegaConf.masked_copy(config, [str(k) for k in config if k != "hydra"])
    plain = OmegaConf.to_container(own, resolve=True, throw_on_missing=True)
    assert isinstance(plain, dict)
    values: dict[str, Any] = {str(key): value for key, value in plain.items()}
    for key in verb.keys:
        if key.kind == "keys" and isinstance(below := values.get(key.name), dict):
            values[key.name] = {in_full(str(name)): value for name, value in below.items()}
    wrong = Violations("wrong values")
    settings = {key.name: key.check(values.get(key.name), wrong) for key in verb.keys}
    wrong.raise_any()
    settings["files"] = {}
    for group in verb.groups:
        section = values.get(group.name)
        choice = hydra.runtime.choices.get(group.name)
        if isinstance(section, dict) and _FILE in section:
            settings["files"][group.name] = section.pop(_FILE)
            choice = choice.removesuffix(MINE)
        if isinstance(section, dict) and group.name in _NAMED and choice not in _OWN_NAMES:
            section = {"name": choice, **section}
        settings[group.name] = section
    if isinstance(settings.get("policy"), dict):
        typed = {as_typed(override).partition("=")[0] for override in hydra.overrides.task}
        given = {key.split(".")[1] for key in typed if key.startswith("policy.")}
        if space := settings.pop("space", None):
            settings["policy"] = _with_space(settings["policy"], space)
            given.add("tune")
        told = () if "name" in given else sorted(given - set(_WHO))
        settings["policy_change"] = {key: settings["policy"][key] for key in told}
    check_typed(settings)
    if "scenario" in settings:
        replace = {name: settings.pop(name) for name in SCENARIO_GROUPS if settings.get(name) is not None}
        settings["scenario"] = {**settings["scenario"], "replace": replace}
    return settings


def _with_space(policy: Mapping[str, object], space: Mapping[str, object]) -> dict[str, object]:
    from zpdgym.experiments.tuning import with_space

    return with_space(policy, space)


def _translated(error: Exception) -> InputError:
    """Hydra's error as one line of ours."""
    first = str(error).strip().splitlines()[0]
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        group, _, name = str(error.missing_cfg_file).rpartition("/")
        return unknown(group or "configuration", name, choices(group))
    if isinstance(error, MissingMandatoryValue):
        key = getattr(error, "full_key", None) or first.rpartition(" ")[2]
        return InputError(f"{key} is missing: give {key}=…")
    return InputError(in_full(first))
