"""隐私筛查: personal data in texts and files, before anybody signs them.

The rules follow 《个人信息保护法》 articles 28 and 34, 《政府信息公开条例》 article 15 and the
leaks that county sites had to answer for. ``RULES_VERSION`` is kept with every finding.
"""

from .masking import mask_html, mask_text
from .passages import Hit, Passage, Severity, Unread
from .reading import read_file, read_html
from .rules import RULES_VERSION, find

__all__ = [
    "RULES_VERSION",
    "Hit",
    "Passage",
    "Severity",
    "Unread",
    "find",
    "mask_html",
    "mask_text",
    "read_file",
    "read_html",
]
