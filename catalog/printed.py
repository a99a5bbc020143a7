"""Reading the printed catalog's way of writing several things in one cell."""

import re


def items(text: str, separator: str = ";") -> list[str]:
    """The parts of a cell, without the empty ones."""
    return [item for part in text.split(separator) if (item := part.strip())]


def unit_names(text: str) -> list[str]:
    """The unit names in a cell such as ``县财政局、各乡镇人民政府``, in printed order."""
    return [name for part in re.split(r"[、,,;;\n]", text) if (name := part.strip())]
