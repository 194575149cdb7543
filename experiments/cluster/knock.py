"""Who is behind an address, before Dask's own client is let near it: that waits for whatever is there, for ever."""

from __future__ import annotations

import asyncio
import queue
import socket
import ssl
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeVar, cast

from zpdgym.errors import InputError

if TYPE_CHECKING:
    from distributed import Security

_LONGER = 2.0
"""Seconds that an answer may take longer than the connection: so what is wrong with that is known."""
_Found = TypeVar("_Found")


class Gone(Exception):
    """Nobody answers at the scheduler's address."""


def within(seconds: float, work: Callable[[], _Found]) -> _Found:
    """Do something in another thread and wait for it so long; an interrupt of the keyboard ends the waiting at once.

    Raises:
        TimeoutError: it takes longer; it is left to itself.
    """
    box = queue.SimpleQueue[Callable[[], _Found]]()

    def do() -> None:
        try:
            found = work()
        except BaseException as error:
            box.put(lambda error=error: _throw(error))
        else:
            box.put(lambda: found)

    threading.Thread(target=do, daemon=True).start()
    try:
        told = box.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"no answer for {seconds:g} s") from None
    return told()


def _throw(error: BaseException) -> _Found:  # pyright: ignore[reportInvalidTypeVarUse]
    raise error


def must_be_scheduler(address: str, security: Security | None, files: Mapping[str, str | None], seconds: float) -> None:
    """Ask whoever is at an address what they are.

    Args:
        address: as the user gave it.
        security: the certificates that are shown.
        files: their paths, for messages.
        seconds: how long a connection may take.

    Raises:
        Gone: nobody answers there as a Dask program does; says why, as far as that can be told.
        InputError: it is no scheduler.
    """
    try:
        told = _run(lambda: _asked(address, security, seconds))
    except (OSError, RuntimeError, ValueError, TypeError) as error:  # Dask makes no promise which
        raise Gone(_in_words(address, error, files)) from error
    if told.get("type") != "Scheduler":
        others = f", whose scheduler is {told['scheduler']}" if "scheduler" in told else ""
        raise InputError(f"cluster.address={address}: that is a Dask {str(told.get('type')).lower()}{others}")


def _run(work: Callable[[], Coroutine[object, object, _Found]]) -> _Found:
    """`asyncio.run`, after which no connection is left that Dask began and gave up."""
    from tornado.ioloop import IOLoop

    async def around() -> IOLoop:
        return IOLoop.current()

    with ExitStack() as afterwards, asyncio.Runner() as runner:
        afterwards.callback(runner.run(around()).close, all_fds=True)
        return runner.run(work())


async def _asked(address: str, security: Security | None, seconds: float) -> Mapping[str, object]:
    from distributed.core import rpc

    shown = security.get_connection_args("client") if security is not None else {}

    async def ask() -> Mapping[str, object]:
        async with rpc(address, timeout=seconds, connection_args=shown) as there:
            return cast("Mapping[str, object]", await there.identity())

    return await asyncio.wait_for(ask(), seconds + _LONGER)


def _in_words(address: str, error: BaseException, files: Mapping[str, str | None]) -> str:
    """What an error of Dask's means here."""
    from distributed.comm.core import CommClosedError

    causes = list(_causes(error))
    said, tls = " ".join(map(str, causes)), address.startswith("tls://")
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return f"cluster.ca={files['ca']} did not sign the certificate that is shown there"
    if tls and ("WRONG_VERSION" in said or isinstance(error, ValueError)):
        return "it does not speak tls://: is it tcp://?"
    if any(isinstance(cause, TimeoutError) for cause in causes) or "Timed out" in said:
        silent = "whoever listens there does not answer as Dask does"
        return _unreachable(address) or (silent if tls else f"{silent}: is it tls://?")
    if any(isinstance(cause, ssl.SSLError | ConnectionError | CommClosedError) for cause in causes):
        why = f"did the ca that is known there sign cluster.cert={files['cert']}?" if tls else "is it tls://?"
        return f"whoever listens there hangs up: {why}"
    return said.splitlines()[0] if said else type(error).__name__


def _unreachable(address: str) -> str:
    """Why there is no connection at all, which Dask tries again and again without a word; "": there is one."""
    host, _, port = address.partition("://")[2].rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_LONGER).close()
    except ConnectionRefusedError:
        return "nobody listens there"
    except socket.gaierror:
        return "there is no machine of that name"
    except OSError as error:
        return f"no connection: {error.strerror or error}"
    return ""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
