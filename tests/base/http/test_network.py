"""Which hosts are this machine, so that a line to them needs no encryption and no proxy."""

from __future__ import annotations

import pytest

from writer.base.http.network import is_local


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LocalHost",
        "127.0.0.1",
        "127.8.9.10",
        "::1",
        "[::1]",
        "0:0:0:0:0:0:0:1",
        "::ffff:127.0.0.1",
    ],
)
def test_this_machine(host: str) -> None:
    assert is_local(host)


@pytest.mark.parametrize(
    "host",
    [
        "127.evil.example",
        "127.0.0.1.evil.example",
        "127.",
        "127.0.0.256",
        "localhost.evil.example",
        "evil-localhost",
        "127.0.0.1 ",
        "126.255.255.255",
        "128.0.0.1",
        "0.0.0.0",
        "::",
        "::2",
        "::ffff:128.0.0.1",
        "fe80::1",
        "１２７.0.0.1",
        "",
    ],
)
def test_another_machine(host: str) -> None:
    assert not is_local(host)
