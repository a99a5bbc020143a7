"""公开台账离线核验程序 / offline verifier of the ledger of disclosures.

用法: python verify.py 台账.zip        (只需要 Python 3.8 以上, 不联网, 不装任何软件包)

Standard library only and self-contained: this file travels in the bundle that ``export_ledger``
writes. ``verify_ledger`` feeds the same ``Check`` from the database and the stored files.

What is checked
  1. rows of the ledger: numbered without gap, each naming the digest of the row before, each
     record digesting to its digest;
  2. every signature equals its row of the ledger, and none is missing or added;
  3. every submitted text, its metadata and the digests of its files equal what was signed, and
     the files' bytes equal those digests;
  4. every publication has its signatures, by different people, on exactly that content, recomputed
     from the ledger alone;
  5. what is public, corrected or withdrawn today is what the ledger recorded last.
"""

import hashlib
import json
import sys
import zipfile

ROUTES = {"text": [1, 2, 3, 4, 5], "validity": [1, 4, 5], "withdrawal": [1, 4, 5]}
LEVELS = {1: "信息提交人", 2: "提交科室", 3: "分管领导", 4: "政务公开办", 5: "领导小组"}


# SM3 (GB/T 32905-2016), for interpreters whose OpenSSL lacks it -----------------------------------


def _rotated(word, bits):
    bits %= 32
    return ((word << bits) | (word >> (32 - bits))) & 0xFFFFFFFF


def _compressed(state, block):
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


def sm3(data):
    """The SM3 digest of ``data`` as 64 hexadecimal digits."""
    length = len(data) * 8
    data += b"\x80" + bytes((55 - len(data)) % 64) + length.to_bytes(8, "big")
    state = [
        0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600,
        0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E,
    ]  # fmt: skip
    for start in range(0, len(data), 64):
        state = _compressed(state, data[start : start + 64])
    return b"".join(word.to_bytes(4, "big") for word in state).hex()


def digest_of(data, algorithm):
    """Raises ``ValueError`` for an algorithm that the portal never uses."""
    if algorithm not in ("sm3", "sha256"):
        raise ValueError("不认识的摘要算法 " + repr(algorithm))
    if algorithm == "sm3" and "sm3" not in hashlib.algorithms_available:
        return sm3(data)
    return hashlib.new(algorithm, data).hexdigest()


def canonical(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


# The checks ---------------------------------------------------------------------------------------


class Check:
    """Takes rows in order, then signatures, contents and disclosures; ``problems`` tells.

    Rows, all plain: ledger ``{number, kind, record, algorithm, previous_digest, digest}``;
    signoff as its canonical record; content ``{revision, algorithm, digest, state, content,
    files}`` where ``content`` is canonical text and ``files`` lists name, digest and
    original_digest of the bytes as they are; disclosure ``{disclosure, index_number, published_at,
    live_revision, withdrawn_at, reason}``.
    """

    def __init__(self):
        self.problems = []
        self.rows = 0
        self.head = ""
        self._is_broken = False
        self._signoffs = {}  # id → digest of its record
        self._signed = {}  # revision → (algorithm, content digest)
        self._signatures = {}  # revision → {level: (signer, principal, content digest)}
        self._public = {}  # disclosure → (index number, published, first published, revision)
        self._withdrawn = {}  # disclosure → (time, reason)

    def problem(self, text):
        self.problems.append(text)

    # The ledger

    def ledger_row(self, row):
        self.rows += 1
        name = "台账第{}行".format(row["number"])
        if row["number"] != self.rows and not self._is_broken:
            self._is_broken = True
            self.problem(f"台账缺第{self.rows}行,或次序被改动(接着的是第{row['number']}行)")
        if row["previous_digest"] != self.head:
            self.problem(name + "与上一行的摘要值不衔接")
        try:
            computed = digest_of(row["record"].encode(), row["algorithm"])
            record = json.loads(row["record"])
        except ValueError as error:
            self.problem(f"{name}读不出来:{error}")
            self.head = row["digest"]
            return
        if computed != row["digest"]:
            self.problem(name + "的内容与摘要值不符,已被改动")
        said = (record.get("number"), record.get("previous"), record.get("kind"))
        if said != (row["number"], row["previous_digest"], row["kind"]):
            self.problem(name + "的各栏与记录不一致")
        self.head = row["digest"]
        self._take(name, record)

    def _take(self, name, record):
        details, revision = record.get("details", {}), record.get("revision")
        kind = record.get("kind")
        if kind == "signoff":
            self._take_signoff(name, details)
        elif kind == "publication":
            self._take_publication(name, record["disclosure"], revision, details)
        elif kind in ("withdrawal", "takedown"):
            if kind == "withdrawal" and revision is not None:
                self._check_signatures(name, revision, "withdrawal", None)
            self._withdrawn[record["disclosure"]] = (details["withdrawn_at"], details["reason"])
        elif kind == "restoration":
            self._withdrawn.pop(record["disclosure"], None)

    def _take_signoff(self, name, details):
        revision, level = details["revision"], details["level"]
        self._signoffs[details["signoff"]] = _short(canonical(details))
        signed = (details["digest_algorithm"], details["content_digest"])
        if self._signed.setdefault(revision, signed) != signed:
            self.problem(name + "签的内容与同一版本前面的签字不同")
        standing = self._signatures.setdefault(revision, {})
        if details["verdict"] == "returned":
            for other in [other for other in standing if other >= details["returned_to"]]:
                del standing[other]
        else:
            standing[level] = (details["signer"], details["principal"])

    def _take_publication(self, name, disclosure, revision, details):
        self._check_signatures(name, revision, details["kind"], details["content_digest"])
        self._public[disclosure] = (
            details["index_number"],
            details["first_published_at"],
            revision,
        )

    def _check_signatures(self, name, revision, kind, content_digest):
        standing = self._signatures.get(revision, {})
        if sorted(standing) != ROUTES.get(kind):
            missing = [LEVELS[level] for level in ROUTES.get(kind, []) if level not in standing]
            self.problem("{}没有规定的签字:缺{}".format(name, "、".join(missing) or "?"))
        people = [person for pair in standing.values() for person in pair if person is not None]
        if len(people) != len(set(people)):
            self.problem(name + "的签字中同一人签了两个环节")
        if content_digest and self._signed.get(revision, (None, None))[1] != content_digest:
            self.problem(name + "公开的内容不是签字的内容")

    # What stands beside it

    def signoff(self, row):
        known = self._signoffs.pop(row["signoff"], None)
        if known is None:
            self.problem("签字{}在台账中没有记录".format(row["signoff"]))
        elif known != _short(canonical(row)):
            self.problem("签字{}与台账中的记录不一致,已被改动".format(row["signoff"]))

    def content(self, row):
        name = "版本{}".format(row["revision"])
        signed = self._signed.pop(row["revision"], None)
        if signed is None:
            self.problem(name + "已提交,但台账中没有它的签字")
            return
        if (row["algorithm"], row["digest"]) != signed:
            self.problem(name + "记录的摘要值不是签字时的摘要值")
        if digest_of(row["content"].encode(), signed[0]) != signed[1]:
            self.problem(name + "的文字或公文信息与签字时不符,已被改动")
        described = json.loads(row["content"])["attachments"]
        if len(described) != len(row["files"]):
            self.problem(name + "的附件数与签字时不符")
            return
        for told, found in zip(described, row["files"]):  # noqa: B905 - Python 3.8
            for key, label in (("digest", "附件"), ("original_digest", "附件原件")):
                if told.get(key) and told[key] != found.get(key):
                    self.problem("{}的{}“{}”与签字时不符".format(name, label, told["name"]))

    def disclosure(self, row):
        name = "公开信息%s" % (row["index_number"] or row["disclosure"])
        published = self._public.pop(row["disclosure"], None)
        now = (row["index_number"], row["published_at"], row["live_revision"])
        if (published or (None, None, None)) != now:
            self.problem(name + "的索引号、发布时间或公开版本与台账不符")
        withdrawn = self._withdrawn.pop(row["disclosure"], None)
        if (withdrawn or (None, "")) != (row["withdrawn_at"], row["reason"]):
            self.problem(name + "的撤下情况与台账不符")

    def finish(self):
        """What the ledger knows and nobody showed."""
        for signoff in self._signoffs:
            self.problem(f"签字{signoff}已不在,但台账中有记录")
        for revision in self._signed:
            self.problem(f"版本{revision}已不在,但台账中有它的签字")
        for disclosure in list(self._public) + list(self._withdrawn):
            self.problem(f"公开信息{disclosure}已不在,但台账中有记录")
        return self.problems


def _short(text):
    return hashlib.sha256(text.encode()).digest()


# A bundle -----------------------------------------------------------------------------------------


def _lines(archive, name):
    with archive.open(name) as stream:
        for line in stream:
            yield json.loads(line)


def _check_members(archive, manifest, check):
    for name, told in sorted(manifest["members"].items()):
        digest = hashlib.sha256()
        try:
            with archive.open(name) as stream:
                for chunk in iter(lambda: stream.read(1 << 20), b""):
                    digest.update(chunk)
        except KeyError:
            check.problem("包中缺文件 " + name)
            continue
        if digest.hexdigest() != told["sha256"]:
            check.problem(f"包中文件 {name} 与清单不符")


def verify_bundle(path):
    """Check the bundle at ``path``; a ``Check`` whose ``problems`` is empty when all is right."""
    check = Check()
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        _check_members(archive, manifest, check)
        for name, take in (
            ("ledger.jsonl", check.ledger_row),
            ("signoffs.jsonl", check.signoff),
            ("contents.jsonl", check.content),
            ("disclosures.jsonl", check.disclosure),
        ):
            for row in _lines(archive, name):
                take(row)
        check.finish()
        if (manifest["rows"], manifest["head"]) != (check.rows, check.head):
            check.problem("台账的行数或末行摘要值与清单不符")
    return check


def main(arguments):
    if len(arguments) != 1:
        print("用法: python verify.py 台账.zip")  # noqa: T201
        return 2
    try:
        check = verify_bundle(arguments[0])
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        print(f"读不了这个包: {error}")  # noqa: T201
        return 1
    for problem in check.problems:
        print("✗ " + problem)  # noqa: T201
    print(f"台账共{check.rows}行,末行摘要值 {check.head}")  # noqa: T201
    if check.problems:
        print(f"核验未通过,发现{len(check.problems)}处问题")  # noqa: T201
    else:
        print("核验通过")  # noqa: T201
    return 1 if check.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
