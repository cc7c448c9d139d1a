"""The schema of the server's settings."""

from __future__ import annotations

from typing import Any

from writer.settings.setting import Setting
from writer.settings.value_types import BoolType, IntType, TextList, TextType

SERVER_ENABLED = Setting(
    key="server.enabled",
    value_type=BoolType(),
    default=False,
    page="server",
    label="Take suggestions from a server",
    help="The text around the cursor is sent there each time a suggestion is wanted.",
)
SERVER_ADDRESS = Setting(
    key="server.address",
    value_type=TextType(placeholder="https://team.example/v1"),
    default="",
    page="server",
    label="Address",
    help="Of any server with OpenAI's completions or chats: vLLM, llama.cpp, Ollama, LM Studio, Mistral. "
    "Writer finds out what it offers.",
)
SERVER_MODEL = Setting(
    key="server.model",
    value_type=TextType(placeholder="The first that it offers"),
    default="",
    page="server",
    label="Its model",
)
SERVER_PATIENCE = Setting(
    key="server.patience",
    value_type=IntType(5, 900, step=5, unit="s"),
    default=120,
    page="server",
    label="Wait for its model",
    help="How long a server that was too slow may take to load its model. Suggestions do not wait for it.",
)
SERVER_WAIT = Setting(
    key="server.wait",
    value_type=IntType(2, 60, unit="s"),
    default=10,
    page="server",
    label="Wait for its words",
    help="How long a suggestion may take to begin, where the server is always slow. "
    "One that needs longer is not used.",
)
SERVER_TRUSTED = Setting(
    key="server.trusted",
    value_type=TextList(placeholder="None"),
    default=(),
    page="server",
    label="Allowed without encryption",
    help="Hosts, one in each line. Whoever is on the way to them can read what you write.",
)
SERVER_CERTIFICATES = Setting(
    key="server.certificates",
    value_type=TextList(placeholder="None"),
    default=(),
    page="server",
    label="Allowed certificates",
    help="Those that nobody vouches for: host and fingerprint, one in each line. Delete a line to "
    "take it back.",
)

SERVER_SETTINGS: tuple[Setting[Any], ...] = (
    SERVER_ENABLED,
    SERVER_ADDRESS,
    SERVER_MODEL,
    SERVER_PATIENCE,
    SERVER_WAIT,
    SERVER_TRUSTED,
    SERVER_CERTIFICATES,
)
