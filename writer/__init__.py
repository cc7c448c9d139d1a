"""Writer: a desktop writing assistant for English and Chinese that keeps everything on your machine."""

from writer.base import garbage, telemetry

__version__ = "0.1.0"

telemetry.switch_off()
garbage.collect_less_often()
