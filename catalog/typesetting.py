"""Pages for paper, set by typst.

Everything a person wrote reaches a template as data (JSON) and never as markup, so no text can
change the page that it stands on.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import typst

#: Families with Chinese characters, best first. Without one typst would print boxes.
SERIF = ("Noto Serif CJK SC", "Source Han Serif SC", "Noto Serif SC", "FandolSong", "SimSun")
SANS = ("Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "FandolHei", "SimHei")

# Typst breaks no line inside a run of Latin letters: a long one would leave its cell.
_LONG_RUN = re.compile(r"[!-~]{16,}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


class TypesettingError(Exception):
    """The page can't be set; the message says what is missing and what to do."""


def typeset(template: Path, name: str, data: dict[str, Any]) -> bytes:
    """A PDF made from ``template``, which reads ``data`` as the input ``name``.

    Raises ``TypesettingError`` when the system has no Chinese font.
    """
    inputs = {name: json.dumps(data | fonts(), ensure_ascii=False)}
    compiler = typst.Compiler(str(template), font_paths=_installed())
    return compiler.compile(format="pdf", sys_inputs=inputs)  # type: ignore[return-value]


def fonts() -> dict[str, list[str]]:
    """Families for running text and for labels, of those installed."""
    families = set(_installed().families())
    serif = [name for name in SERIF if name in families]
    sans = [name for name in SANS if name in families]
    if not (serif or sans):
        raise TypesettingError(
            "服务器上没有中文字体，不能排印PDF；请系统管理员安装思源字体"
            "（Debian、Ubuntu：apt-get install fonts-noto-cjk），重启服务后再试"
        )
    return {"serif": serif or sans, "sans": sans or serif}


@cache
def _installed() -> typst.Fonts:
    """Looking through the system's fonts takes a tenth of a second, so once a process."""
    return typst.Fonts(include_embedded_fonts=False)


def one_line(text: str) -> str:
    """What a person typed, ready to be set: without line breaks, and breakable anywhere."""
    text = " ".join(_CONTROL.sub(" ", text).split())
    return _LONG_RUN.sub(lambda run: "\u200b".join(run.group()), text)


def settable(value: Any) -> Any:
    """``value`` with each text in it as ``one_line`` makes it, however deep it stands."""
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, dict):
        return {key: settable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [settable(each) for each in value]
    return value
