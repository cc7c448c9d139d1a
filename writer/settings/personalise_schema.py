"""The settings of a training for those who ask for more choices than folder, exclusions and method."""

from __future__ import annotations

from typing import Any

from writer.settings.setting import Setting
from writer.settings.value_types import ChoiceType, FolderType, IntType, Option

PERSONALISE_BASE = Setting(
    key="personalise.base",
    value_type=FolderType(placeholder="The model for the language of your texts"),
    default="",
    page="personalise",
    label="Base model",
    help="The name of a model, or its folder. It stays as it is; the personal model is made from it.",
    folded=True,
)
PERSONALISE_EPOCHS = Setting(
    key="personalise.epochs",
    value_type=IntType(0, 100, minimum_text="Automatic"),
    default=0,
    page="personalise",
    label="Epochs",
    help="How many times all your texts are read, at the most.",
    folded=True,
)
PERSONALISE_RATE = Setting(
    key="personalise.rate",
    value_type=ChoiceType(
        (
            Option("auto", "Automatic"),
            Option("1e-5", "0.00001"),
            Option("5e-5", "0.00005"),
            Option("2e-4", "0.0002"),
            Option("5e-4", "0.0005"),
            Option("1e-3", "0.001"),
            Option("2e-3", "0.002"),
        )
    ),
    default="auto",
    page="personalise",
    label="Learning rate",
    help="How much each step changes. Higher learns faster, and forgets more.",
    folded=True,
)
PERSONALISE_RANK = Setting(
    key="personalise.rank",
    value_type=IntType(0, 256, step=4, minimum_text="Automatic"),
    default=0,
    page="personalise",
    label="Rank",
    help="How large the small part is that LoRA learns.",
    folded=True,
)
PERSONALISE_WINDOW = Setting(
    key="personalise.window",
    value_type=IntType(0, 8192, step=64, minimum_text="Automatic"),
    default=0,
    page="personalise",
    label="Window",
    help="How many tokens are read at a time, at most as many as the model can.",
    folded=True,
)

PERSONALISE_AGAIN = Setting(
    key="personalise.again",
    value_type=ChoiceType(
        (
            Option("ask", "Ask me"),
            Option("yes", "Yes, while I do not write"),
            Option("no", "No"),
        )
    ),
    default="ask",
    page="personalise",
    label="Learn again for another model",
    help="When you choose another model, it learns the same texts while this computer is idle and on mains, "
    "and writes with them only if that is better.",
)

PERSONALISE_CHOICES: tuple[Setting[Any], ...] = (
    PERSONALISE_BASE,
    PERSONALISE_EPOCHS,
    PERSONALISE_RATE,
    PERSONALISE_RANK,
    PERSONALISE_WINDOW,
)
