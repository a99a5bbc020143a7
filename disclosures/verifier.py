"""公开台账、取证包离线核验程序 / offline verifier of the ledger of disclosures, and of packs.

用法: python verify.py 台账.zip [--files 附件目录] [--heads 摘要值.csv]
      python verify.py 取证包.zip [--heads 摘要值.csv]
只需要 Python 3.8 以上, 不联网, 不装任何软件包。有问题时退出码为 1。

Standard library only and self-contained: this file travels in the bundle that ``export_ledger``
writes, and in every evidence pack. ``verify_ledger`` feeds the same ``Check`` from the database
and the stored files.

What is checked
  1. rows of the ledger: numbered without gap, each naming the digest of the row before, each
     record digesting to its digest and saying what its columns say;
  2. every signature equals its row of the ledger, and none is missing or added;
  3. every submitted text, its metadata and the digests of its files equal what was signed, and
     the files' bytes, and those of the sealed originals, equal those digests;
  4. every publication has its signatures, in order, by different people, on exactly that content,
     recomputed from the ledger alone; whoever drafted signs nothing else;
  5. the state of every version, and what is public, corrected or withdrawn today, is what the
     ledger recorded last;
  6. every statement of a unit (why nothing is disclosed, what was shown off line, that a text still
     holds) says what was entered, and was signed by somebody else, returned or ended as recorded;
  7. digests written down before (``--heads``) still stand in the ledger at their place.

A pack holds a part of the ledger. Its rows are all checked as in 1; what they say is followed for
the chosen disclosures, of which it holds every signature, text, publication, withdrawal and review.
Beside that every member of the pack is what the manifest says, the files in it are those that were
signed, the pages of text show what was signed, and the manifest's counts are those of the pack.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import html
import json
import os
import sys
import zipfile
import zlib
from datetime import datetime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

ROUTES = {"text": [1, 2, 3, 4, 5], "validity": [1, 4, 5], "withdrawal": [1, 4, 5]}
LEVELS = {1: "信息提交人", 2: "提交科室", 3: "分管领导", 4: "政务公开办", 5: "领导小组"}

#: What is done with a statement → the states it may be in before (``None``: not there yet), and
#: its state after.
ACTS = {
    "填报": ((None,), "pending"),
    "登记": ((None,), "pending"),
    "复核": ((None,), "reviewed"),
    "签字": (("pending",), "signed"),
    "退回": (("pending",), "returned"),
    "终止": (("pending", "signed"), "ended"),
}

#: What a row that somebody wrote over may make the checks stumble with.
UNREADABLE = (AttributeError, IndexError, KeyError, TypeError, ValueError)


# SM3 (GB/T 32905-2016), for interpreters whose OpenSSL lacks it -----------------------------------


def _rotated(word: int, bits: int) -> int:
    bits %= 32
    return ((word << bits) | (word >> (32 - bits))) & 0xFFFFFFFF


def _compressed(state: list[int], block: bytes) -> list[int]:
    words = [int.from_bytes(block[i : i + 4], "big") for i in range(0, 64, 4)]
    for j in range(16, 68):
        x = words[j - 16] ^ words[j - 9] ^ _rotated(words[j - 3], 15)
        x ^= _rotated(x, 15) ^ _rotated(x, 23)
        words.append(x ^ _rotated(words[j - 13], 7) ^ words[j - 6])
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        constant = 0x79CC4519 if j < 16 else 0x7A879D8A
        ss1 = _rotated((_rotated(a, 12) + e + _rotated(constant, j)) & 0xFFFFFFFF, 7)
        ss2 = ss1 ^ _rotated(a, 12)
        if j < 16:
            ff, gg = a ^ b ^ c, e ^ f ^ g
        else:
            ff, gg = (a & b) | (a & c) | (b & c), (e & f) | (~e & g)
        tt1 = (ff + d + ss2 + (words[j] ^ words[j + 4])) & 0xFFFFFFFF
        tt2 = (gg + h + ss1 + words[j]) & 0xFFFFFFFF
        d, c, b, a = c, _rotated(b, 9), a, tt1
        h, g, f, e = g, _rotated(f, 19), e, tt2 ^ _rotated(tt2, 9) ^ _rotated(tt2, 17)
    return [x ^ y for x, y in zip(state, (a, b, c, d, e, f, g, h))]  # noqa: B905 - Python 3.8


class Sm3:
    """As one of ``hashlib``: bytes come in pieces."""

    def __init__(self) -> None:
        self._state = [
            0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600,
            0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E,
        ]  # fmt: skip
        self._rest, self._length = b"", 0

    def update(self, data: bytes) -> None:
        self._length += len(data)
        data = self._rest + data
        whole = len(data) - len(data) % 64
        for start in range(0, whole, 64):
            self._state = _compressed(self._state, data[start : start + 64])
        self._rest = data[whole:]

    def hexdigest(self) -> str:
        padding = b"\x80" + bytes((55 - self._length) % 64)
        tail = self._rest + padding + (self._length * 8).to_bytes(8, "big")
        state = self._state
        for start in range(0, len(tail), 64):
            state = _compressed(state, tail[start : start + 64])
        return b"".join(word.to_bytes(4, "big") for word in state).hex()


def sm3(data: bytes) -> str:
    """The SM3 digest of ``data`` as 64 hexadecimal digits."""
    hashed = Sm3()
    hashed.update(data)
    return hashed.hexdigest()


def _new(algorithm: str) -> Any:
    """Raises ``ValueError`` for an algorithm that the portal never uses."""
    if algorithm not in ("sm3", "sha256"):
        raise ValueError(f"不认识的摘要算法 {algorithm!r}")
    if algorithm == "sm3" and "sm3" not in hashlib.algorithms_available:
        return Sm3()
    return hashlib.new(algorithm)


def digest_of(data: bytes, algorithm: str) -> str:
    hashed = _new(algorithm)
    hashed.update(data)
    return hashed.hexdigest()


def digest_of_stream(stream: Any, algorithm: str) -> str:
    hashed = _new(algorithm)
    for chunk in iter(lambda: stream.read(1 << 20), b""):
        hashed.update(chunk)
    return hashed.hexdigest()


def canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


# The checks ---------------------------------------------------------------------------------------


class Trail:
    """What the ledger says of one version so far."""

    __slots__ = ("closed", "disclosure", "drafter", "kind", "people", "published_at", "seen",
                 "signed", "standing")  # fmt: skip

    def __init__(self, disclosure: Any) -> None:
        self.disclosure = disclosure
        self.signed: Any = None  # (algorithm, content digest)
        self.standing: dict = {}  # level → number of the row that holds its approval
        self.people: dict = {}  # person → the one level that the person signs
        self.drafter: Any = None
        self.closed = False  # back at its drafter, or cancelled
        self.kind = ""  # once it has taken effect
        self.published_at: Any = None
        self.seen = False

    def state(self, kind: str) -> str:
        if self.closed:
            return "returned"
        return "approved" if sorted(self.standing) == ROUTES[kind] else "in_review"


class Part:
    """The part of a ledger that a pack holds: its rows from ``first``, and whom they are about."""

    def __init__(self, first: int, previous: str, chosen: dict) -> None:
        self.first, self.previous, self.chosen = first, previous, chosen


class Check:
    """Takes rows in order, then what stands beside them; ``problems`` tells.

    Rows, all plain: ledger ``{number, kind, at, person, disclosure, revision, signoff, record,
    algorithm, previous_digest, digest}``; signoff as its canonical record; content ``{revision,
    disclosure, kind, drafter, state, published_at, algorithm, digest, content, files}`` where
    ``content`` is canonical text and each of ``files`` has path, digest, original_path and
    original_digest of the bytes as they are ("" when there are none, ``None`` when nobody looked);
    disclosure ``{disclosure, index_number, published_at, live_revision, withdrawn_at, reason,
    replacement}``; statement ``{record, state, signed_by, remark, files}`` with the record that the
    ledger holds too. ``heads``: number of a row → digest that somebody wrote down.
    """

    def __init__(self, heads: dict[int, str] | None = None, part: Part | None = None) -> None:
        self.problems: list[str] = []
        self.rows = 0
        self.head = part.previous if part else ""
        self.first_break: Any = None
        self.compared = 0  # with digests that somebody wrote down
        self._part = part
        self._heads = dict(heads or {})
        self._number = part.first - 1 if part else 0
        self._is_past_carried_over = False
        self._signoffs: dict = {}  # id → digest of its record
        self._trails: dict[Any, Trail] = {}  # by version
        self._public: dict = {}  # disclosure → (index number, first published, live version)
        self._owners: dict = {}  # index number → disclosure
        self._withdrawn: dict = {}  # disclosure → (time, reason, replacement)
        self._statements: dict = {}  # reference → (digest of its record, state, signer, remark)
        if part:
            self._compare(f"台账第{self._number}行", self._number, self.head)

    def problem(self, text: str) -> None:
        self.problems.append(text)

    def take(self, kind: str, row: Any) -> None:
        """One row of ``kind``, one of ``MEMBERS``. Never raises for it."""
        step, name = {
            "ledger": (self._ledger_row, "台账"),
            "signoffs": (self._signoff, "签字"),
            "contents": (self._content, "版本"),
            "disclosures": (self._disclosure, "公开信息"),
            "statements": (self._statement, "说明、记录"),
        }[kind]
        try:
            step(row)
        except UNREADABLE as error:
            self.problem(f"{name}的这一行读不出来({error!r}):{str(row)[:80]}")

    # The ledger

    def _ledger_row(self, row: dict) -> None:
        self.rows += 1
        number, before = row["number"], len(self.problems)
        name = f"台账第{number}行"
        self._check_link(name, row)
        self._number, self.head = number, row["digest"]
        try:
            self._check_record(name, row)
        except UNREADABLE as error:
            self.problem(f"{name}的记录读不出来:{error!r}")
        if self.first_break is None and len(self.problems) > before:
            self.first_break = number

    def _check_link(self, name: str, row: dict) -> None:
        number, expected = row["number"], self._number + 1
        if number > expected:
            missing = (
                f"第{expected}行" if number == expected + 1 else f"第{expected}至{number - 1}行"
            )
            self.problem(f"台账缺{missing}")
        elif number < expected:
            self.problem(f"{name}的次序被改动")
        if row["previous_digest"] != self.head:
            self.problem(f"{name}与上一行的摘要值不衔接")
        self._compare(name, number, row["digest"])

    def _compare(self, name: str, number: int, digest: str) -> None:
        noted = self._heads.pop(number, None)
        self.compared += noted is not None
        if noted is not None and noted != digest:
            self.problem(f"{name}的摘要值不是以前抄下的{noted}")

    def _check_record(self, name: str, row: dict) -> None:
        if digest_of(row["record"].encode(), row["algorithm"]) != row["digest"]:
            self.problem(f"{name}的内容与摘要值不符,已被改动")
        record = json.loads(row["record"])
        details = record["details"]
        wrong = [key for key in ("number", "kind", "person", "disclosure", "revision")
                 if record[key] != row[key]]  # fmt: skip
        if record["previous"] != row["previous_digest"]:
            wrong.append("previous")
        if moment(record["at"]) != moment(row["at"]):
            wrong.append("at")
        if row["signoff"] != (details["signoff"] if row["kind"] == "signoff" else None):
            wrong.append("signoff")
        if wrong or canonical(record) != row["record"]:
            self.problem(f"{name}的各栏与记录不一致:{'、'.join(wrong) or 'record'}")
        self._follow(name, record, details)

    def _follow(self, name: str, record: dict, details: dict) -> None:
        is_carried_over = record.get("carried_over", False)
        if is_carried_over and self._is_past_carried_over:
            self.problem(f"{name}自称是启用台账以前的,却排在以后")
        self._is_past_carried_over = not is_carried_over
        if self._part and record["disclosure"] not in self._part.chosen:
            return  # of others a part may hold the end without the beginning
        kind = record["kind"]
        if kind == "signoff":
            self._follow_signoff(name, record, details)
        elif kind == "publication":
            self._follow_publication(name, record, details)
        elif kind in ("withdrawal", "takedown"):
            self._follow_withdrawal(name, record, details)
        elif kind == "restoration":
            self._withdrawn.pop(record["disclosure"], None)
        elif kind == "cancellation":
            self._trail(name, record).closed = True
        elif kind in ("explanation", "offline", "review"):
            for told in details["statements"]:
                self._follow_statement(name, record, details, told)

    def _trail(self, name: str, record: dict) -> Trail:
        trail = self._trails.setdefault(record["revision"], Trail(record["disclosure"]))
        if trail.disclosure != record["disclosure"]:
            self.problem(f"{name}把同一版本记到了另一条公开信息下")
        return trail

    def _follow_signoff(self, name: str, record: dict, details: dict) -> None:
        if details["signoff"] in self._signoffs:
            self.problem(f"{name}把同一个签字又记了一次")
        self._signoffs[details["signoff"]] = _short(canonical(details))
        if (record["revision"], record["person"]) != (details["revision"], details["signer"]):
            self.problem(f"{name}记的人或版本不是签字的人或版本")
        trail, level = self._trail(name, record), details["level"]
        signed = (details["digest_algorithm"], details["content_digest"])
        trail.signed = trail.signed or signed
        if trail.signed != signed:
            self.problem(f"{name}签的内容与同一版本前面的签字不同")
        if trail.closed:
            self.problem(f"{name}签在已经退回或取消的版本上")
        for person in (details["signer"], details["principal"]):
            if person is not None and trail.people.setdefault(person, level) != level:
                self.problem(f"{name}:同一人签了这一版的两个环节")
        if details["verdict"] == "approved":
            self._approve(name, record, trail, details)
        else:
            for undone in [each for each in trail.standing if each >= details["returned_to"]]:
                del trail.standing[undone]
            trail.closed = details["returned_to"] == 1

    def _approve(self, name: str, record: dict, trail: Trail, details: dict) -> None:
        level = details["level"]
        if level not in LEVELS or any(each >= level for each in trail.standing):
            self.problem(f"{name}的签字次序不对")
        if level == 1:
            trail.drafter = details["signer"]
        trail.standing[level] = record["number"]

    def _follow_publication(self, name: str, record: dict, details: dict) -> None:
        trail = self._trail(name, record)
        self._check_signatures(name, trail, details["kind"])
        if trail.signed != (details["digest_algorithm"], details["content_digest"]):
            self.problem(f"{name}公开的内容不是签字的内容")
        trail.published_at = details["published_at"]
        disclosure, index_number = record["disclosure"], details["index_number"]
        first = details["first_published_at"]
        if self._owners.setdefault(index_number, disclosure) != disclosure:
            self.problem(f"{name}的索引号{index_number}已属于另一条公开信息")
        earlier = self._public.get(disclosure)
        if earlier is not None and earlier[:2] != (index_number, moment(first)):
            self.problem(f"{name}改换了索引号或首次发布时间")
        is_first = earlier is None and not record.get("carried_over")
        if is_first and moment(first) != moment(details["published_at"]):
            self.problem(f"{name}的首次发布时间不是公开的时间")
        self._public[disclosure] = (index_number, moment(first), record["revision"])

    def _follow_withdrawal(self, name: str, record: dict, details: dict) -> None:
        if not record.get("carried_over"):  # before the ledger nobody signed a withdrawal
            trail = self._trail(name, record)
            if record["kind"] == "withdrawal":
                self._check_signatures(name, trail, "withdrawal")
            elif 1 not in trail.standing:
                self.problem(f"{name}没有决定紧急撤下的签字")
        self._withdrawn[record["disclosure"]] = (
            moment(details["withdrawn_at"]),
            details["reason"],
            details["replacement"],
        )

    def _follow_statement(self, name: str, record: dict, details: dict, told: dict) -> None:
        act, stated = details["act"], told["record"]
        before, after = ACTS[act]
        reference, now = stated["statement"], _short(canonical(stated))
        known, state, signer, remark = self._statements.get(reference, (now, None, None, ""))
        if state not in before:
            self.problem(f"{name}的{act}次序不对:{told['title']}")
        if known != now:
            self.problem(f"{name}中“{told['title']}”的内容与填报时不同")
        if act in ("签字", "退回"):
            signer, remark = record["person"], details.get("remark", "")
            if signer == stated["entered_by"]:
                self.problem(f"{name}由填报人自己{act}:{told['title']}")
        self._statements[reference] = (now, after, signer, remark)

    def _check_signatures(self, name: str, trail: Trail, kind: str) -> None:
        """All levels of the route, on a version that took effect only once.

        That they are in order and by different people, each signature has been asked already.
        """
        missing = [LEVELS[level] for level in ROUTES[kind] if level not in trail.standing]
        if missing or len(trail.standing) != len(ROUTES[kind]):
            self.problem(f"{name}没有规定的签字:缺{'、'.join(missing) or '无,多出其他环节'}")
        if trail.closed or trail.kind:
            self.problem(f"{name}生效的版本已退回、取消或生效过")
        trail.kind = kind

    # What stands beside it

    def _signoff(self, row: dict) -> None:
        known = self._signoffs.pop(row["signoff"], None)
        if known is None:
            self.problem(f"签字{row['signoff']}在台账中没有记录")
        elif known != _short(canonical(row)):
            self.problem(f"签字{row['signoff']}与台账中的记录不一致,已被改动")

    def _content(self, row: dict) -> None:
        name = f"版本{row['revision']}"
        trail = self._trails.get(row["revision"])
        if trail is None or trail.signed is None:
            self.problem(f"{name}已提交,但台账中没有它的签字")
            return
        trail.seen = True
        if (row["algorithm"], row["digest"]) != trail.signed:
            self.problem(f"{name}记录的摘要值不是签字时的摘要值")
        if digest_of(row["content"].encode(), trail.signed[0]) != trail.signed[1]:
            self.problem(f"{name}的文字或公文信息与签字时不符,已被改动")
        content = json.loads(row["content"])
        self._check_state(name, row, content, trail)
        if row["drafter"] != trail.drafter or row["disclosure"] != trail.disclosure:
            self.problem(f"{name}的起草人或所属公开信息与台账不符")
        self._check_files(name, content["attachments"], row["files"])

    def _check_state(self, name: str, row: dict, content: dict, trail: Trail) -> None:
        kind = content.get("kind", "text")
        if row["kind"] != kind or (trail.kind or kind) != kind:
            self.problem(f"{name}的类型与签字时不符")
        if row["state"] != trail.state(kind):
            self.problem(f"{name}的状态与台账中的签字不符")
        if kind == "withdrawal":
            is_right = (row["published_at"] is not None) == bool(trail.kind)
        else:
            is_right = moment(row["published_at"]) == moment(trail.published_at)
        if not is_right:
            self.problem(f"{name}的公开时间与台账不符")

    def _check_files(self, name: str, described: list, found: list) -> None:
        if len(described) != len(found):
            self.problem(f"{name}的附件数与签字时不符")
        for i, file in enumerate(found[: len(described)]):
            told = described[i]
            for key, label in (("digest", "附件"), ("original_digest", "附件原件")):
                if not told.get(key) or file[key] is None:
                    continue
                if file[key] == "":
                    self.problem(f"{name}的{label}“{told['name']}”不在,或读不出来")
                elif file[key] != told[key]:
                    self.problem(f"{name}的{label}“{told['name']}”与签字时不符")

    def _disclosure(self, row: dict) -> None:
        name = f"公开信息{row['index_number'] or row['disclosure']}"
        published = self._public.pop(row["disclosure"], (None, None, None))
        now = (row["index_number"], moment(row["published_at"]), row["live_revision"])
        if published != now:
            self.problem(f"{name}的索引号、发布时间或公开版本与台账不符")
        withdrawn = self._withdrawn.pop(row["disclosure"], (None, "", None))
        if withdrawn != (moment(row["withdrawn_at"]), row["reason"], row["replacement"]):
            self.problem(f"{name}的撤下情况与台账不符")

    def _statement(self, row: dict) -> None:
        stated = row["record"]
        name = f"说明或记录{stated['statement']}"
        known = self._statements.pop(stated["statement"], None)
        if known is None:
            self.problem(f"{name}在台账中没有记录")
        elif known[0] != _short(canonical(stated)):
            self.problem(f"{name}与台账中填报的不一致,已被改动")
        elif known[1:] != (row["state"], row["signed_by"], row["remark"]):
            self.problem(f"{name}的状态、签字人或意见与台账不符")
        self._check_files(name, stated.get("evidence", []), row["files"])

    def finish(self) -> list[str]:
        """What the ledger knows and nobody showed."""
        if self._part is None:
            for number in sorted(self._heads):
                self.problem(f"台账没有以前抄下摘要值的第{number}行,末尾被删去")
        elif self._heads and not self.compared:
            self.problem("以前抄下的摘要值没有一个落在本包的台账内,无从对照,请换一份 heads.csv")
        for signoff in self._signoffs:
            self.problem(f"签字{signoff}已不在,但台账中有记录")
        for revision, trail in self._trails.items():
            if not trail.seen:
                self.problem(f"版本{revision}已不在,但台账中有它的签字")
        for disclosure in {**self._public, **self._withdrawn}:
            self.problem(f"公开信息{disclosure}已不在,但台账中有记录")
        for reference in self._statements:
            self.problem(f"说明或记录{reference}已不在,但台账中有记录")
        return self.problems

    def summary(self) -> str:
        where = f"第{self._part.first}行起" if self._part else ""
        lines = [f"台账{where}共{self.rows}行,末行摘要值 {self.head or '(空)'}"]
        if self.compared:
            lines.append(f"与以前抄下的{self.compared}个摘要值作了对照")
        if self.first_break is not None:
            lines.append(f"台账从第{self.first_break}行起对不上")
        return "\n".join(lines)


def moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _short(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


# A bundle -----------------------------------------------------------------------------------------

MEMBERS = ("ledger", "signoffs", "contents", "disclosures", "statements")


def read_heads(path: str) -> dict[int, str]:
    """``heads.csv`` of the site, or the lines of it that somebody kept. Raises ``ValueError``."""
    with open(path, encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    if rows and not {"number", "digest"} <= rows[0].keys():
        raise ValueError("摘要值文件的第一行须有 number 和 digest 两栏")
    return {int(row["number"]): row["digest"].strip().lower() for row in rows}


def _rows(archive: zipfile.ZipFile, manifest: dict, name: str, check: Check) -> Iterator[Any]:
    """The rows of a member, while its digest and their number are compared with the manifest."""
    told, seen, count = manifest["members"][name], hashlib.sha256(), 0
    with archive.open(name) as stream:
        for line in stream:
            seen.update(line)
            count += 1
            try:
                row = json.loads(line)
            except ValueError:
                check.problem(f"包中文件 {name} 的第{count}行读不出来")
                continue
            yield row
    if (seen.hexdigest(), count) != (told["sha256"], told["rows"]):
        check.problem(f"包中文件 {name} 与清单不符")


def _stored(folder: str) -> Callable[[str, str], str]:
    """Computes digests of the files as they lie in a copy of the site's store."""
    root = os.path.realpath(folder)

    def digest_at(path: str, algorithm: str) -> str:
        whole = os.path.realpath(os.path.join(root, path))
        if not whole.startswith(root + os.sep):
            return ""
        try:
            with open(whole, "rb") as stream:
                return digest_of_stream(stream, algorithm)
        except OSError:
            return ""

    return digest_at


def _read_again(row: Any, digest_at: Callable[[str, str], str]) -> None:
    """Put the digests of the files as they lie here in place of those that the site computed."""
    if "content" in row:
        described = json.loads(row["content"])["attachments"]
    else:
        described = row["record"].get("evidence", [])
    for i, file in enumerate(row["files"][: len(described)]):
        for path, key in (("path", "digest"), ("original_path", "original_digest")):
            if file[path]:
                file[key] = digest_at(file[path], described[i]["algorithm"])


def verify_bundle(
    path: str, heads: dict[int, str] | None = None, files: str | None = None
) -> Check:
    """Check the bundle or the pack at ``path``; all is right when ``problems`` is empty.

    Raises ``OSError``, ``KeyError``, ``ValueError`` or ``BadZipFile`` for what is no bundle.
    """
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        if manifest.get("kind") == "pack":
            return _verify_pack(archive, manifest, heads)
        check = Check(heads)
        for kind in MEMBERS:
            name = f"{kind}.jsonl"
            if kind == "statements" and name not in manifest["members"]:
                continue  # a bundle of the time before there were any
            for row in _rows(archive, manifest, name, check):
                if kind in ("contents", "statements") and files is not None:
                    try:
                        _read_again(row, _stored(files))
                    except UNREADABLE:
                        check.problem(f"附件清单读不出来:{row}"[:80])
                check.take(kind, row)
        _finish(check, manifest)
    return check


def _finish(check: Check, manifest: dict) -> None:
    if (manifest["rows"], manifest["head"]) != (check.rows, check.head):
        check.problem("台账的行数或末行摘要值与清单不符")
    check.finish()


# A pack -------------------------------------------------------------------------------------------

LEDGER = "台账/"
FILES = ("附件/", "附件原件/", "存档证据/")
COUNTED = {
    "disclosures": "公开信息数",
    "withdrawn": "已撤下数",
    "versions": "公开过的版本数",
    "signoffs": "签字数",
    "files": "附件数",
    "missing": "缺失的附件数",
    "bytes": "附件总字节数",
}

#: What reading a member that was tampered with in the middle of the archive ends in.
DAMAGED = (OSError, EOFError, ValueError, zlib.error, zipfile.BadZipFile)


class Pack:
    """Looks into the members while ``Check`` takes the rows; counts what it sees."""

    def __init__(
        self, archive: zipfile.ZipFile, manifest: dict, check: Check, chosen: dict[int, str]
    ) -> None:
        self.archive, self.manifest, self.check = archive, manifest, check
        self.chosen = chosen  # disclosure → index number
        self.names = set(archive.namelist())
        self.counted = dict.fromkeys(COUNTED, 0)

    def check_members(self) -> None:
        """That each is what the manifest says; those of rows are asked when they are read."""
        told, later = self.manifest["members"], {f"{LEDGER}{kind}.jsonl" for kind in MEMBERS}
        for name in sorted(self.names - {*told, "manifest.json"}):
            self.check.problem(f"包中文件 {name} 不在清单中")
        for name in sorted(set(told) - self.names):
            self.check.problem(f"包中缺少清单所列的文件 {name}")
        if len(self.names) != len(self.archive.namelist()):
            self.check.problem("包中有同名的文件")
        for name in sorted((self.names & set(told)) - later):
            if self.digest_at(name, "sha256") != told[name]["sha256"]:
                self.check.problem(f"包中文件 {name} 与清单不符")
        for member in self.archive.infolist():
            if member.filename.startswith(FILES):
                self.counted["files"] += 1
                self.counted["bytes"] += member.file_size

    def digest_at(self, name: str, algorithm: str) -> str:
        """Empty where the member isn't there or can't be read."""
        try:
            with self.archive.open(name) as stream:
                return digest_of_stream(stream, algorithm)
        except (KeyError, *DAMAGED):
            return ""

    def take(self, kind: str, row: Any) -> None:
        try:
            self._take(kind, row)
        except UNREADABLE:
            self.check.problem(f"这一行的内容或附件清单读不出来:{row}"[:80])

    def _take(self, kind: str, row: Any) -> None:
        if kind == "signoffs":
            self.counted["signoffs"] += 1
        elif kind == "disclosures":
            self.counted["disclosures"] += 1
            self.counted["withdrawn"] += row["withdrawn_at"] is not None
        elif kind == "contents":
            content = json.loads(row["content"])
            is_public = row["kind"] != "withdrawal" and row["published_at"] is not None
            if is_public:
                self.counted["versions"] += 1
                self._demand_files(row, content["attachments"])
                self._check_text(row, content)
            _read_again(row, self.digest_at)

    def _demand_files(self, row: dict, described: list) -> None:
        """What the public could read has to be in the pack, and the originals of it."""
        for i, file in enumerate(row["files"][: len(described)]):
            for path, key in (("path", "digest"), ("original_path", "original_digest")):
                if described[i].get(key) and not file[path]:
                    file[key] = ""
                    self.counted["missing"] += 1

    def _check_text(self, row: dict, content: dict) -> None:
        name = "正文/{}.html".format(self.chosen[row["disclosure"]].replace("/", "-"))
        try:
            page = self.archive.read(name).decode()
        except (KeyError, *DAMAGED):
            page = ""
        shown = '<div id="v{number}">{body}</div>'.format(**content)
        if shown not in page or html.escape(content["title"]) not in page:
            self.check.problem(f"包中文件 {name} 没有照登版本{row['revision']}签字的标题和正文")

    def check_counts(self) -> None:
        for key, label in COUNTED.items():
            told = self.manifest["counts"][key]
            if told != self.counted[key]:
                self.check.problem(
                    f"清单 manifest.json 所说的{label}{told}不是包中的{self.counted[key]}"
                )


def _verify_pack(archive: zipfile.ZipFile, manifest: dict, heads: dict[int, str] | None) -> Check:
    chosen = {}
    for line in archive.open(f"{LEDGER}disclosures.jsonl"):
        try:
            row = json.loads(line)
            chosen[row["disclosure"]] = row["index_number"]
        except UNREADABLE:
            continue  # told when the rows are taken
    check = Check(heads, Part(manifest["first_number"], manifest["previous"], chosen))
    pack = Pack(archive, manifest, check, chosen)
    pack.check_members()
    for kind in MEMBERS:
        for row in _rows(archive, manifest, f"{LEDGER}{kind}.jsonl", check):
            pack.take(kind, row)
            check.take(kind, row)
    pack.check_counts()
    _finish(check, manifest)
    return check


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="离线核验公开台账的核验包和取证包")
    parser.add_argument("bundle", metavar="台账.zip", help="网站导出的核验包或取证包")
    parser.add_argument("--files", metavar="目录", help="附件存放目录的副本,由它重新计算摘要值")
    parser.add_argument("--heads", metavar="文件", help="以前从“公开台账”页下载的 heads.csv")
    options = parser.parse_args(arguments)
    if options.files is not None and not os.path.isdir(options.files):
        parser.error(f"没有这个目录: {options.files}")
    try:
        heads = read_heads(options.heads) if options.heads else {}
        check = verify_bundle(options.bundle, heads, options.files)
    except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        say(f"读不了这个包: {error}")
        return 1
    for problem in check.problems:
        say(f"× {problem}")
    say(check.summary())
    say(f"核验未通过,发现{len(check.problems)}处问题" if check.problems else "核验通过")
    return 1 if check.problems else 0


if __name__ == "__main__":
    # A console that lacks a character of a title mustn't hide the result.
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    sys.exit(main(sys.argv[1:]))
