"""Where a server listens: whether it can, and who reaches it there."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from contextlib import suppress
from typing import Any

from gca_viz.errors import InputError
from gca_viz.settings.server import FOLDERS

_EVERYWHERE = ("0.0.0.0", "::")
_MOST_TRIED = 50  # ports after one that is taken


def check_free(host: str, port: int) -> None:
    """Raise :class:`InputError` where no server can listen, as on a port that is taken."""
    if not 1 <= port <= 65535:
        raise InputError(
            f"port = {port}", "a port is a number from 1 to 65535", "Use --port 8501", parameter="port"
        )
    try:
        _bind(host, port)
    except socket.gaierror as error:
        raise _no_address(host, "which no machine has") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise InputError(
                f"port = {port}, on which another program listens",
                "a port belongs to one program, perhaps to this app in another terminal",
                _instead(host, port),
                parameter="port",
            ) from error
        if error.errno == errno.EACCES:
            raise InputError(
                f"port = {port}, which this user may not open",
                "ports below 1024 belong to the administrator",
                _instead(host, 8501),
                parameter="port",
            ) from error
        raise _no_address(host, f"at which this machine cannot listen ({os.strerror(error.errno or 0)})") from error


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine reach an address."""
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    with suppress(OSError):
        found = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
        return all(ipaddress.ip_address(address).is_loopback for address in found)
    return False


def who_reaches(host: str, port: int) -> str:
    """A sentence on who reaches a server, and what is open to them."""
    if is_loopback(host):
        return "Only this machine reaches it; --address 0.0.0.0 opens it to others."
    seen = _own_address() if host in _EVERYWHERE else host
    where = f" at {address_of(seen, port)}" if seen else ""
    folders = f" and read {FOLDERS.text(FOLDERS.value)}" if FOLDERS.value else ""
    return (
        f"Open to every machine that reaches this one{where}: whoever does can upload files, use its processor"
        f"{folders}, without a password. --address localhost closes it."
    )


def address_of(host: str, port: int) -> str:
    """The address of a page, e.g. ``"http://[::1]:8501/"``."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def seen_here(host: str) -> str:
    """What a browser on this machine calls the host."""
    return "localhost" if host in _EVERYWHERE else host


def _bind(host: str, port: int) -> None:
    """Listen for a moment at all addresses of a host; of its kinds of address the machine may lack one."""
    found, refused = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM), []
    for place in found:
        try:
            _bind_one(*place)
        except OSError as error:
            if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                raise
            refused.append(error)
    if len(refused) == len(found):
        raise refused[0]


def _bind_one(family: int, kind: int, protocol: int, _: str, address: tuple[Any, ...]) -> None:
    with socket.socket(family, kind, protocol) as probe:
        if os.name != "nt":  # there it would allow what is taken; here a port that was left a moment ago is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        probe.bind(address)
        probe.listen(1)


def _instead(host: str, port: int) -> str:
    for other in range(port + 1, min(port + _MOST_TRIED, 65536)):
        with suppress(OSError):
            _bind(host, other)
            return f"Use --port {other} (make app PORT={other}), or end the other program"
    return "Use --port with another number, or end the other program"


def _no_address(host: str, why: str) -> InputError:
    return InputError(
        f"address = {host!r}, {why}",
        "an address is localhost, 0.0.0.0 for all networks, or one of this machine's own",
        "Use --address localhost (make app without ADDRESS)",
        parameter="address",
    )


def _own_address() -> str:
    """This machine's address towards others; empty without a network. No packet is sent."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # an address that is kept for examples
        return str(probe.getsockname()[0])
    return ""
