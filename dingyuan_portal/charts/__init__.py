"""The charts of 四册一图一表, drawn from the definitions that the portal itself goes by."""

from types import ModuleType

from . import disclosure, pilot

#: By the name in the address. Each module has ``NAME``, ``DESCRIPTION``, ``draw`` and ``in_words``.
CHARTS: dict[str, ModuleType] = {"pilot-chart": pilot, "disclosure-chart": disclosure}

__all__ = ["CHARTS"]
