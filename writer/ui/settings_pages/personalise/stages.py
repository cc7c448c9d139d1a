"""What the parts of the road are called, for the training and for the look before it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def stage_words(stage: str) -> str:
    """What happens in a stage of `training.job.Stage`."""
    translate = QCoreApplication.translate
    return {
        "reading": translate("Stages", "Reading the documents …"),
        "cleaning": translate("Stages", "Leaving out what is repeated …"),
        "packing": translate("Stages", "Preparing the text …"),
        "measuring": translate("Stages", "Measuring how much fits into memory …"),
        "fitting": translate("Stages", "Learning …"),
        "comparing": translate("Stages", "Comparing with the model as it was …"),
        "publishing": translate("Stages", "Putting the personal model in its place …"),
    }.get(stage, translate("Stages", "Looking through the folder …"))
