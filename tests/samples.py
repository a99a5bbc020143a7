"""Small real files of every kind that an attachment may be, and some that it may not."""

import io
import struct
import wave
import zipfile

import docx
import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from reportlab.pdfgen.canvas import Canvas


def upload(name, content=None):
    """An uploaded file; without ``content`` a real one of the kind that ``name`` says."""
    if content is None:
        content = sample(name.rpartition(".")[2].lower())
    return SimpleUploadedFile(name, content)


def sample(extension):
    """The bytes of a small file of the kind."""
    return _MAKERS[extension]()


def pdf():
    stream = io.BytesIO()
    page = Canvas(stream, invariant=True)
    page.drawString(72, 720, "Dingyuan")
    page.save()
    return stream.getvalue()


def image(kind):
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(stream, kind)
    return stream.getvalue()


def docx_file():
    stream = io.BytesIO()
    document = docx.Document()
    document.add_paragraph("分配结果")
    document.save(stream)
    return stream.getvalue()


def xlsx_file():
    stream = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["户主", "王某某"])
    book.save(stream)
    return stream.getvalue()


def archive(**members):
    """A zip; ``a__b_xml="…"`` is the member ``a/b.xml``."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for name, text in members.items():
            packed.writestr(name, text)
    return stream.getvalue()


def pptx_file():
    return archive(
        **{
            "[Content_Types].xml": "<Types/>",
            "ppt/presentation.xml": "<p:presentation xmlns:p='x'/>",
        }
    )


def ofd_file():
    return archive(**{"OFD.xml": "<ofd:OFD xmlns:ofd='http://www.ofdspec.org/2016'/>"})


def ole_file(stream_name):
    """A compound file ([MS-CFB], version 3) that holds one stream of 4096 zero bytes.

    Sectors: 0 the allocation table, 1 the directory, 2 to 9 the stream.
    """
    free, end, fat_sector = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        0x3E, 3, 0xFFFE, 9, 6,
        0, 1, 1, 0, 4096, end, 0, end, 0,
    )  # fmt: skip
    header += struct.pack("<109I", 0, *[free] * 108)
    table = [fat_sector, end, *range(3, 10), end]
    table += [free] * (128 - len(table))
    directory = b"".join(
        [
            _ole_entry("Root Entry", 5, child=1, start=end, size=0),
            _ole_entry(stream_name, 2, child=free, start=2, size=4096),
            bytes(128) * 2,
        ]
    )
    return header + struct.pack("<128I", *table) + directory + bytes(4096)


def _ole_entry(name, kind, *, child, start, size):
    label = (name + "\0").encode("utf-16-le")
    free = 0xFFFFFFFF
    return struct.pack(
        "<64sHBBIII16xI8x8xIQ", label, len(label), kind, 1, free, free, child, 0, start, size
    )


def mp3():
    """An ID3v2 tag without frames, then the header of one silent MPEG-1 layer III frame."""
    return b"ID3\x03\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" + bytes(413)


def mp4():
    """The file type box and an empty media data box."""
    return struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"isom", 0x200, b"isom", b"mp42") + struct.pack(
        ">I4s", 8, b"mdat"
    )


def wav():
    stream = io.BytesIO()
    with wave.open(stream, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16))
    return stream.getvalue()


def exe():
    """The start of a Windows program: DOS header, stub, PE signature."""
    return b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + bytes(256)


def svg():
    return b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


_MAKERS = {
    "pdf": pdf,
    "doc": lambda: ole_file("WordDocument"),
    "docx": docx_file,
    "xls": lambda: ole_file("Workbook"),
    "xlsx": xlsx_file,
    "ppt": lambda: ole_file("PowerPoint Document"),
    "pptx": pptx_file,
    "wps": lambda: ole_file("WordDocument"),
    "et": lambda: ole_file("Workbook"),
    "ofd": ofd_file,
    "jpg": lambda: image("JPEG"),
    "jpeg": lambda: image("JPEG"),
    "png": lambda: image("PNG"),
    "zip": lambda: archive(**{"说明.txt": "附件"}),
    "mp3": mp3,
    "mp4": mp4,
}
