"""What a screening looks at in a revision, and what it says of it.

Personal data and the negative list's "不予公开" block the signatures; the rest are warnings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from django.db.models import Q
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.html import strip_tags

from catalog import limits, workdays
from catalog.choices import Category, Handling, LimitFrom, LimitKind
from catalog.models import NegativeListEntry

from . import screening
from .choices import Genre, Severity
from .models import Attachment, Disclosure, Revision, Term
from .screening.rules import LABELS

#: A list of thousands is one problem: the first hits of a rule in a file are told, then counted.
MAX_PER_RULE = 20

#: Fields beside the text that the public reads.
_FIELDS = ("title", "summary", "keywords", "source", "shown_where", "change_note")

_RULES = {
    **LABELS,
    "unread": "未能检查",
    "negative_list": "负面清单",
    "term": "词表",
    "link": "站内链接",
    "table": "表格",
    "image": "图片",
    "metadata": "公文信息",
    "interpretation": "政策解读",
}

_ADVICE = {
    "unread": "请打开文件人工核对,确认不含个人信息",
    "negative_list": "核对是否属于不予公开的内容,属于的请删去",
    "link": "请核对链接地址",
    "table": "请把第一行设为表头,读屏软件才能读出每格属于哪一列",
    "image": "请为图片填写替代文字",
}


@dataclass(frozen=True)
class Found:
    """A finding before it is stored; ``key`` tells the same one again and is kept as a digest."""

    rule: str
    severity: Severity
    place: str
    excerpt: str
    key: str
    advice: str = ""
    is_maskable: bool = False

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.rule, self.key)


def fingerprint(rule: str, key: str) -> str:
    """Keyed, so that nobody learns the value by trying all there are."""
    return salted_hmac("disclosures.finding", f"{rule}|{key}", algorithm="sha256").hexdigest()


def label_of(rule: str) -> str:
    return _RULES.get(rule, rule)


def rules_version() -> str:
    """The rules' own version and that of the lists which the openness office edits."""
    lists = [
        *Term.objects.order_by("pk").values_list("text", "kind", "severity", "suggestion"),
        *NegativeListEntry.objects.order_by("code").values_list("code", "name", "handling"),
    ]
    return f"{screening.RULES_VERSION}-{sha256(repr(lists).encode()).hexdigest()[:8]}"


def findings(revision: Revision) -> list[Found]:
    """All that is found in the revision's text, metadata and public files."""
    return [
        *_in_text(revision),
        *(
            found
            for attachment in revision.attachments.all()
            if not attachment.is_evidence
            for found in _in_file(attachment)
        ),
        *_negative(revision),
        *_terms(revision),
        *_links(revision),
        *_markup(revision),
        *_metadata(revision),
    ]


def passages(revision: Revision) -> Iterator[screening.Passage]:
    for name in _FIELDS:
        if text := getattr(revision, name):
            yield screening.Passage(str(Revision._meta.get_field(name).verbose_name), text)  # type: ignore[union-attr]
    yield from screening.read_html(revision.body)


def _in_text(revision: Revision) -> Iterator[Found]:
    for passage in passages(revision):
        for hit in screening.find(passage):
            yield _found(hit, is_maskable=hit.severity == Severity.BLOCKING)


def _found(hit: screening.Hit, *, is_maskable: bool) -> Found:
    return Found(
        hit.rule,
        hit.severity,
        hit.place,
        hit.excerpt,
        hit.value,
        "办公用号码请核对后公开" if hit.severity == Severity.WARNING else "请隐去后再提交",
        is_maskable,
    )


def _in_file(attachment: Attachment) -> Iterator[Found]:
    counts: dict[str, int] = {}
    with attachment.file.open() as stream:
        for passage in screening.read_file(attachment.name, stream):
            if isinstance(passage, screening.Unread):
                yield Found(
                    "unread",
                    Severity.WARNING,
                    f"附件“{attachment.name}”",
                    f"{passage.place}:{passage.reason}",
                    f"{attachment.digest}|{passage.place}",
                    _ADVICE["unread"],
                )
                continue
            for hit in screening.find(passage):
                counts[hit.rule] = counts.get(hit.rule, 0) + 1
                if counts[hit.rule] <= MAX_PER_RULE:
                    found = _found(hit, is_maskable=False)
                    place = f"附件“{attachment.name}”{found.place}"
                    yield Found(
                        found.rule,
                        found.severity,
                        place,
                        found.excerpt,
                        found.key,
                        "请在原文件中隐去后重新上传"
                        if found.severity == Severity.BLOCKING
                        else found.advice,
                    )
    for rule, count in counts.items():
        if count > MAX_PER_RULE:
            yield Found(
                rule,
                Severity.BLOCKING,
                f"附件“{attachment.name}”",
                f"共{count}处{label_of(rule)},只列出前{MAX_PER_RULE}处",
                f"{attachment.digest}|{count}",
                "请在原文件中隐去后重新上传",
            )


def _negative(revision: Revision) -> Iterator[Found]:
    """An entry of the negative list for the matter's domain that the text mentions by its name."""
    text = f"{revision.title}\n{revision.summary}\n{strip_tags(revision.body)}"
    domain = revision.disclosure.matter.domain_code
    entries = NegativeListEntry.objects.filter(
        Q(applies_to_all=True) | Q(domains__code=domain)
    ).distinct()
    for entry in entries.order_by("code"):
        if entry.name in text:
            withheld = entry.handling == Handling.WITHHOLD
            yield Found(
                "negative_list",
                Severity.BLOCKING if withheld else Severity.WARNING,
                f"{entry}({entry.get_handling_display()})",
                _around(text, entry.name),
                entry.code,
                _ADVICE["negative_list"] if withheld else entry.get_handling_display(),
            )


def _terms(revision: Revision) -> Iterator[Found]:
    terms = list(Term.objects.order_by("text"))
    if not terms:
        return
    for passage in passages(revision):
        for term in terms:
            if term.text in passage.text:
                yield Found(
                    "term",
                    Severity(term.severity),
                    passage.place,
                    _around(passage.text, term.text),
                    term.text,
                    f"建议写作“{term.suggestion}”" if term.suggestion else "请核对",
                )


def _around(text: str, word: str) -> str:
    start = text.index(word)
    part = " ".join(text[max(0, start - 15) : start + len(word) + 15].split())
    return screening.mask_text(part)


_HREF = re.compile(r'<a [^>]*href="(/[^"#?]*)', re.IGNORECASE)


def _links(revision: Revision) -> Iterator[Found]:
    for path in dict.fromkeys(_HREF.findall(revision.body)):
        if not _resolves(path):
            yield Found("link", Severity.WARNING, "正文", path, path, _ADVICE["link"])


def _resolves(path: str) -> bool:
    try:
        match = resolve(path)
    except Resolver404:
        return False
    if match.view_name == "disclosures:disclosure":
        prefix, _, serial = match.kwargs["slug"].partition("-")
        return Disclosure.objects.visible().filter(index_number=f"{prefix}/{serial}").exists()
    return True


def _markup(revision: Revision) -> Iterator[Found]:
    for number, table in enumerate(re.findall(r"<table.*?</table>", revision.body, re.S), start=1):
        if "<th" not in table:
            place = f"正文第{number}张表"
            yield Found("table", Severity.WARNING, place, "没有表头", place, _ADVICE["table"])
    for number, image in enumerate(re.findall(r"<img[^>]*>", revision.body), start=1):
        if not re.search(r'alt="[^"]+"', image):
            place = f"正文第{number}张图"
            yield Found("image", Severity.WARNING, place, "没有替代文字", place, _ADVICE["image"])


#: 公文 that lay down policy and want an interpretation beside them (国办发〔2016〕80号).
_POLICY = {Genre.DECISION, Genre.ORDER, Genre.OPINION, Genre.NOTICE}


def _metadata(revision: Revision) -> Iterator[Found]:
    for name in ("summary", "keywords"):
        if not getattr(revision, name):
            label = str(Revision._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            yield Found("metadata", Severity.WARNING, label, "没有填写", name, f"请填写“{label}”")
    if revision.document_number and not revision.issued_on:
        yield Found(
            "metadata", Severity.WARNING, "成文日期", "有发文字号而没有成文日期", "issued_on",
            "请填写文件落款的日期",
        )  # fmt: skip
    yield from _shown_for(revision)
    disclosure = revision.disclosure
    is_policy = disclosure.category == Category.DECISION and revision.genre in _POLICY
    if is_policy and revision.document_number and not disclosure.interpretations.exists():
        yield Found(
            "interpretation", Severity.WARNING, "政策解读", "政策文件没有配套解读",
            "interpretation", "请同步起草解读,并与文件放在一起同步发布",
        )  # fmt: skip


def _shown_for(revision: Revision) -> Iterator[Found]:
    """A notice hangs as long as its standard says, a penalty no longer than it may."""
    matter, until = revision.disclosure.matter, revision.expires_on
    if limits.is_penalty(matter) and until is None:
        yield Found(
            "metadata", Severity.WARNING, "有效期至", "处罚公示没有写明公示到哪一天", "expires_on",
            "自处罚作出之日起最短3个月,最长3年;期满后提出撤下",
        )  # fmt: skip
    if matter.limit_from != LimitFrom.NOTICE or not matter.limit_days or until is None:
        return
    start = timezone.localdate(revision.publish_at)
    counts_workdays = matter.limit_kind == LimitKind.WORKING_DAYS
    length = workdays.between(start, until) if counts_workdays else (until - start).days
    if length < matter.limit_days:
        yield Found(
            "metadata", Severity.WARNING, "有效期至",
            f"公示期只有{max(length, 0)}{'个工作日' if counts_workdays else '天'}",
            f"notice|{until}", f"公开时限要求“{matter.time_limit}”,请核对",
        )  # fmt: skip
