"""Documents of every kind that is read, made from a known text."""

from __future__ import annotations

import zlib

from writer.documents import pandoc

SENTENCE = "The ferryman waited until the river had gone down and then he sang."
CHINESE = "船夫一直等到河水退去，然后他唱起了歌。"
TABLE = ("kettle", "saucer", "fourteen", "spoons")
ROWS = "| a | b |\n|---|---|\n| kettle | saucer |\n| fourteen | spoons |\n"
MARKDOWN = f"# Ferry\n\n{SENTENCE}\n\n{CHINESE}\n\n{ROWS}"
EXPECTED = (*SENTENCE.rstrip(".").split(), CHINESE, *TABLE)


def through_pandoc(target: str, text: str = MARKDOWN) -> bytes:
    """`text` as a document of pandoc's format `target`."""
    kind = pandoc.Format(target, target, ())
    return pandoc.from_text(text, kind, "Ferry", "en")


def rtf() -> bytes:
    """The same words in RTF, Chinese in the code page of old Chinese systems."""
    chinese = "".join(rf"\'{byte:02x}" for byte in CHINESE.encode("gbk"))
    rows = "".join(rf"\trowd\cellx2000\cellx4000 {a}\cell {b}\cell\row" for a, b in (TABLE[:2], TABLE[2:]))
    head = r"{\rtf1\ansi\ansicpg936{\fonttbl{\f0\fnil\fcharset134 SimSun;}}\f0 "
    return f"{head}Ferry\\par {SENTENCE}\\par {chinese}\\par {rows}}}".encode("ascii")


def pdf(pages: list[list[str]]) -> bytes:
    """A file with these lines of ASCII on its pages."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    kids = []
    for lines in pages:
        shown = "".join(f"({line}) Tj 0 -14 Td " for line in lines)
        stream = zlib.compress(f"BT /F1 11 Tf 60 760 Td {shown}ET".encode())
        kids.append(f"{len(objects) + 1} 0 R")
        page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {len(objects) + 2} 0 R "
        objects.append(page.encode() + b"/Resources << /Font << /F1 3 0 R >> >> >>")
        head = f"<< /Length {len(stream)} /Filter /FlateDecode >>\nstream\n"
        objects.append(head.encode() + stream + b"\nendstream")
    objects[1] = f"<< /Type /Pages /Count {len(pages)} /Kids [{' '.join(kids)}] >>".encode()
    return _file(objects)


def _file(objects: list[bytes]) -> bytes:
    data, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
    return data + f"{end}startxref\n{len(data)}\n%%EOF\n".encode()
