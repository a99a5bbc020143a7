"""The text of a disclosure: what the editor offers is what the sanitiser keeps."""

import re
from typing import Any

import nh3
from django_prose_editor.config import allowlist_from_extensions, expand_extensions

EXTENSIONS: dict[str, Any] = {
    "Bold": True,
    "Italic": True,
    "Underline": True,
    "Strike": True,
    "Subscript": True,
    "Superscript": True,
    "Heading": {"levels": [2, 3, 4]},
    "BulletList": True,
    "OrderedList": True,
    "ListItem": True,
    "Blockquote": True,
    "HorizontalRule": True,
    "HardBreak": True,
    "Link": {"enableTarget": False, "protocols": ["http", "https", "mailto", "tel"]},
    "Table": True,
    "TableRow": True,
    "TableHeader": True,
    "TableCell": True,
    "History": True,
}


#: A text longer than this belongs into a file; a table pasted from Word easily is.
MAX_CHARS = 400_000


def _cleaner() -> nh3.Cleaner:
    rules = allowlist_from_extensions(expand_extensions(EXTENSIONS))
    # Captions and header scopes make tables readable to a screen reader (GB/T 37668-2019).
    rules["tags"] |= {"caption"}
    rules["attributes"]["th"] |= {"scope"}
    # Relative addresses stay inside the site, so schemes are the only door to close.
    return nh3.Cleaner(
        tags=rules["tags"],
        attributes=rules["attributes"],
        url_schemes=rules["url_schemes"],
        clean_content_tags={"script", "style", "iframe", "object", "template", "noscript", "title"},
        link_rel=None,
    )


_CLEANER = _cleaner()

#: What an editor leaves that nobody wrote in: empty paragraphs.
_BLANK = re.compile(r"(<p>(\s|&nbsp;|<br>)*</p>\s*)*")


def sanitize(html: str) -> str:
    """Drop scripts, styles, handlers, frames and images; keep structure, links and tables."""
    cleaned = _CLEANER.clean(html).strip()
    return "" if _BLANK.fullmatch(cleaned) else cleaned
