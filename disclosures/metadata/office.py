"""Word, Excel and PowerPoint (ECMA-376): the properties, and the names beside changes and notes.

Only elements and attributes that the standard gives to people are touched; a text that happens to
look like one is a text.
"""

from __future__ import annotations

import contextlib
import re
import zipfile
from typing import Any

from lxml import etree

from . import archives, pictures

NOBODY = "作者"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)

#: Root elements of the parts for properties, wherever a program puts them.
_PROPERTIES = {"coreProperties", "Properties"}
_PROPERTY = {
    "creator": "作者",
    "lastModifiedBy": "最后修改者",
    "Company": "单位",
    "Manager": "经理",
    "keywords": "关键词",
    "description": "备注",
    "lastPrinted": "打印时间",
    "revision": "修订次数",
    "Application": "软件",
    "AppVersion": "软件",
    "Template": "模板",
    "TotalTime": "编辑时长",
    "HyperlinkBase": "链接基址",
    "property": "自定义属性",
}
_AUTHOR = "批注和修订的作者"
#: Attributes that name a person: on which elements; on any where none is given.
_ATTRIBUTES: dict[str, set[str]] = {
    "author": set(),
    "initials": set(),
    "userName": set(),
    "userId": {"person", "author"},
    "displayName": {"person"},
    "name": {"cmAuthor", "author", "userInfo"},
}
#: Without one of these bytes a part names nobody and needn't be parsed.
_HINT = re.compile(
    rb"[aA]uthor|initials|displayName|userName|userId|userInfo|absPath|attachedTemplate|thumbnail"
    rb"|(?:metadata/core|officeDocument/2006/(?:extended|custom)|oclc.org/ooxml/officeDocument/"
    rb"(?:extended|custom))-?[pP]roperties",
)
_XML = (".xml", ".rels", ".psmdcp")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def clean(content: bytes, inside: archives.Inside) -> tuple[bytes, list[str]]:
    with archives.opened(content) as archive:
        if not any(name.lower().endswith(".xml") for name in archive.namelist()):
            raise zipfile.BadZipFile("no Office file")
        work = _Work(inside, _thumbnails(archive))
        cleaned = archives.rewritten(archive, work.member, lambda _name: True)
    return cleaned, work.removed


def _thumbnails(archive: zipfile.ZipFile) -> set[str]:
    """The small picture of the first page, which may be of an older state."""
    if "_rels/.rels" not in archive.namelist():
        return set()
    links = etree.fromstring(archive.read("_rels/.rels"), _PARSER)
    return {
        link.get("Target", "").lstrip("/")
        for link in links
        if str(link.get("Type")).endswith("/metadata/thumbnail")
    }


class _Work:
    """One file's parts, one after the other."""

    def __init__(self, inside: archives.Inside, thumbnails: set[str]) -> None:
        self.inside = inside
        self.thumbnails = thumbnails
        self.removed: list[str] = []

    def member(self, name: str, data: bytes) -> bytes | None:
        if name in self.thumbnails or name.startswith("docProps/thumbnail."):
            self.removed.append("缩略图")
            return None
        if "/embeddings/" in name:
            data, labels = self.inside(name, data)
        elif pictures.is_picture(data):
            data, labels = _picture(data)
        elif name.lower().endswith(_XML) and (_HINT.search(data) or data[:2] in _UTF16):
            data, labels = self._part(name, data)
        else:
            return data
        self.removed += labels
        return data

    def _part(self, name: str, data: bytes) -> tuple[bytes, list[str]]:
        root = etree.fromstring(data, _PARSER)
        if etree.QName(root).localname in _PROPERTIES:
            labels = _properties(root)
        elif name == "[Content_Types].xml":
            labels = _without(root, lambda part: part.get("PartName", "")[1:] in self.thumbnails)
        elif name.endswith(".rels"):
            labels = _links(root)
        elif name.startswith(("word/", "xl/", "ppt/")):
            labels = _people(root)
        else:
            labels = []
        if not labels:
            return data, []
        tree = root.getroottree()
        whole = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)
        return whole, labels


def _picture(data: bytes) -> tuple[bytes, list[str]]:
    # A document says how its pictures are turned, so they stay as they lie.
    with contextlib.suppress(ValueError):  # what Office makes of a damaged one is its business
        return pictures.clean(data, turn=False)
    return data, []


def _without(root: Any, unwanted: Any, label: str = "缩略图") -> list[str]:
    found = [child for child in root if isinstance(child.tag, str) and unwanted(child)]
    for child in found:
        root.remove(child)
    return [label] * len(found)


def _properties(root: Any) -> list[str]:
    found = {child: _local(child) for child in root if isinstance(child.tag, str)}
    removed = []
    for child, name in found.items():
        # Empty ones say nothing; custom ones are all somebody's own.
        if name in _PROPERTY and (child.text or len(child) or name == "property"):
            root.remove(child)
            removed.append(_PROPERTY[name])
    return removed


def _links(root: Any) -> list[str]:
    removed = _without(root, lambda link: link.get("Type", "").endswith("/metadata/thumbnail"))
    for link in root:
        # Where the template lies: a path with the name that somebody signs in with.
        is_template = str(link.get("Type")).endswith("/attachedTemplate")
        if is_template and link.get("Target") != "Normal.dotm":
            link.set("Target", "Normal.dotm")
            removed.append("模板")
    return removed


def _people(root: Any) -> list[str]:
    removed = []
    if _local(root) == "people":  # Word's directory of commentators; the notes need none
        removed += _without(root, lambda _person: True, _AUTHOR)
    for path in list(root.iter("{*}absPath")):
        path.getparent().remove(path)
        removed.append("文件路径")
    names = _names_in_comments(root) if _local(root) == "comments" else []
    for element in root.iter(etree.Element):
        if _anonymise(element):
            removed.append(_AUTHOR)
    return removed + names


def _anonymise(element: Any) -> bool:
    changed = False
    for key, value in element.attrib.items():
        elements = _ATTRIBUTES.get(etree.QName(key).localname)
        is_name = elements is not None and (not elements or _local(element) in elements)
        if is_name and value not in ("", NOBODY):
            element.set(key, NOBODY)
            changed = True
    return changed


def _names_in_comments(root: Any) -> list[str]:
    """Excel lists who commented, and begins each comment with the name."""
    people = [author.text or "" for author in root.iterfind("{*}authors/{*}author")]
    for comment in root.iterfind("{*}commentList/{*}comment"):
        number = int(comment.get("authorId", "-1"))
        first = next(comment.iter("{*}t"), None)
        if first is None or not first.text or not 0 <= number < len(people) or not people[number]:
            continue
        for colon in (":", "\N{FULLWIDTH COLON}"):
            if first.text.startswith(people[number] + colon):
                first.text = NOBODY + first.text.removeprefix(people[number])
                break
    removed = []
    for author in root.iterfind("{*}authors/{*}author"):
        if author.text and author.text != NOBODY:
            author.text = NOBODY
            removed.append(_AUTHOR)
    return removed


def _local(element: Any) -> str:
    return str(etree.QName(element).localname)
