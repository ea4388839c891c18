"""What the page on deployment has for other programs is what they and `demijohn` take."""

from __future__ import annotations

import configparser
import json
import re
import shlex
from pathlib import Path

import pytest

from demijohn.batteries.security.battery import X_FORWARDED
from demijohn.tools.cli import cli

PAGE = (Path(__file__).parents[2] / "docs" / "deployment.md").read_text(encoding="utf-8")


def _file(name: str) -> str:
    found = re.search(rf"^```\w+ {re.escape(name)}\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
    assert found is not None, name
    return found[1]


def _check(words: list[str]) -> None:
    """A command of ours exists, and click takes its options."""
    command = cli.commands[words[0]]
    command.make_context(words[0], list(words[1:]), resilient_parsing=False)


def test_the_unit_runs_commands_that_there_are() -> None:
    """systemd's lines are read as it reads them; the socket is in the folder that it makes."""
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(_file("shop.service"))
    service = unit["Service"]
    for key in ("ExecStartPre", "ExecStart"):
        program, *words = shlex.split(service[key])
        assert program == f"{service['WorkingDirectory']}/.venv/bin/demijohn"
        _check(words)
    assert f"--uds /run/{service['RuntimeDirectory']}/" in service["ExecStart"]


def test_the_unit_waits_longer_than_the_server() -> None:
    """systemd kills nobody who is still being answered."""
    from demijohn.tools.server import STOP_SECONDS

    seconds = re.search(r"TimeoutStopSec=(\d+)", PAGE)
    assert seconds is not None
    assert int(seconds[1]) > STOP_SECONDS


def test_the_container_runs_commands_that_there_are() -> None:
    """The exec form is JSON, so that signals reach the server."""
    lines = _file("deploy/Dockerfile").splitlines()
    (command,) = (json.loads(line.removeprefix("CMD ")) for line in lines if line.startswith("CMD "))
    assert command[0] == "demijohn"
    _check(command[1:])
    for line in lines:
        if line.startswith("RUN demijohn "):
            _check(shlex.split(line)[2:])


@pytest.mark.parametrize("name", X_FORWARDED)
def test_nginx_sends_all_headers_that_are_believed(name: str) -> None:
    """Each is set, so that a client's own is dropped."""
    assert f"proxy_set_header {name} " in _file("shop.conf").lower()


def test_the_socket_of_nginx_is_the_one_that_is_served() -> None:
    """All three places name one socket."""
    socket = re.search(r"server unix:([^;]+);", _file("shop.conf"))
    assert socket is not None
    assert PAGE.count(f"--uds {socket[1]}") == 2
