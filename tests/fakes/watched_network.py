"""A network namespace of its own in which a command runs, and everything that it would send is noted.

    python -m tests.fakes.watched_network SECONDS COMMAND...

Inside, a resolver answers every name with an address behind a virtual cable, so that a program that wants to
phone home goes on to the connection. Names asked for and packets put on the cable are printed as one object
of JSON on the last line. The command's process group ends after SECONDS (SIGTERM, then SIGKILL).
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CABLE = "watched0"
OWN, FAR = "10.9.9.1", "10.9.9.2"
SETUP = (
    "ip link set lo up",
    f"ip link add {CABLE} type veth peer name far0",
    f"ip addr add {OWN}/24 dev {CABLE}",
    f"ip link set {CABLE} up",
    "ip link set far0 up",
    f"ip neigh add {FAR} lladdr 02:00:00:00:00:02 dev {CABLE}",
    f"ip route add default via {FAR} dev {CABLE}",
)
ENDING_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Observed:
    """What a command did: its exit status and output, the names it asked for, the packets it sent."""

    status: int
    output: str
    names: tuple[str, ...] = ()
    packets: tuple[str, ...] = field(default=())

    @property
    def silent(self) -> bool:
        return not self.names and not self.packets


def possible() -> bool:
    """Whether this system lets us make network namespaces with a cable in them."""
    if sys.platform != "linux" or not shutil.which("ip") or not shutil.which("unshare"):
        return False
    command = ["unshare", "--net", "--mount", "sh", "-c", " && ".join(SETUP)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def watch(command: Sequence[str], seconds: float, env: Mapping[str, str] | None = None) -> Observed:
    """Run a command in the namespace for at most `seconds`, and say what it sent."""
    inside = [sys.executable, "-m", "tests.fakes.watched_network", str(seconds), *command]
    done = subprocess.run(
        ["unshare", "--net", "--mount", *inside],
        cwd=Path(__file__).parents[2],
        env=dict(env) if env is not None else None,
        capture_output=True,
        text=True,
        check=True,
    )
    output, _, last = done.stdout.rstrip("\n").rpartition("\n")
    seen = json.loads(last)
    return Observed(seen["status"], output + done.stderr, tuple(seen["names"]), tuple(seen["packets"]))


def main(seconds: float, command: Sequence[str]) -> dict[str, object]:
    """In the namespace: lay the cable, listen, run the command."""
    for line in SETUP:
        subprocess.run(line.split(), check=True)
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as resolv:
        resolv.write("nameserver 127.0.0.1\n")
        resolv.flush()
        target = os.path.realpath("/etc/resolv.conf")
        subprocess.run(["mount", "--bind", resolv.name, target], check=True)
        names: list[str] = []
        packets: list[str] = []
        resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        resolver.bind(("127.0.0.1", 53))
        threading.Thread(target=_resolve, args=(resolver, names), daemon=True).start()
        cable = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0003))
        cable.bind((CABLE, 0x0003))
        threading.Thread(target=_listen, args=(cable, packets), daemon=True).start()
        status = _run(command, seconds)
    return {"status": status, "names": names, "packets": packets}


def _run(command: Sequence[str], seconds: float) -> int:
    process = subprocess.Popen(command, start_new_session=True)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        return process.wait(ENDING_SECONDS)
    os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def _resolve(resolver: socket.socket, names: list[str]) -> None:
    """Note every name, and answer questions for an IPv4 address with one behind the cable."""
    while True:
        question, asker = resolver.recvfrom(4096)
        name, end = _name(question)
        kind = int.from_bytes(question[end : end + 2], "big")
        names.append(name)
        found = kind == 1
        head = question[:2] + b"\x81\x80" + b"\x00\x01" + (b"\x00\x01" if found else b"\x00\x00") + bytes(4)
        answer = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04" + bytes([10, 8, 8, 77]) if found else b""
        resolver.sendto(head + question[12 : end + 4] + answer, asker)


def _name(question: bytes) -> tuple[str, int]:
    """The name that a DNS question is about, and where its type stands."""
    at, labels = 12, []
    while length := question[at]:
        labels.append(question[at + 1 : at + 1 + length].decode("ascii", "replace"))
        at += 1 + length
    return ".".join(labels), at + 1


def _listen(cable: socket.socket, packets: list[str]) -> None:
    """Note the target of each IPv4 packet on the cable; neighbours looking for each other are no traffic."""
    while True:
        packet, (_, protocol, *_) = cable.recvfrom(65535)
        if protocol == 0x0800:
            packets.append(f"protocol {packet[9]} to {socket.inet_ntoa(packet[16:20])}")


if __name__ == "__main__":
    print("\n" + json.dumps(main(float(sys.argv[1]), sys.argv[2:])), flush=True)
