"""What a reader sees on a PDF of ours: its texts, decoded from the very bytes by the fonts' own tables."""

from __future__ import annotations

import ast
import base64
import re
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj(.*?)endobj", re.DOTALL)
_FONT = re.compile(rb"/(F\d+\+\d+) (\d+) 0 R")
_TO_UNICODE = re.compile(rb"/ToUnicode (\d+) 0 R")
_LETTER = re.compile(rb"<([0-9A-F]{2})> <([0-9A-F]{4})>")
_SHOWN = re.compile(rb"/(F\d+\+\d+) [\d.]+ Tf|(\((?:\\.|[^\\()])*\)) Tj", re.DOTALL)


def texts(pdf: bytes) -> list[str]:
    """Every text, in the order in which it is drawn: each word or line that was set in one piece."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    tables = {name: _letters(objects, int(number)) for body in objects.values() for name, number in _FONT.findall(body)}
    found, table = [], {}
    for page in (_stream(body) for body in objects.values() if b"/Contents" not in body):
        for font, shown in _SHOWN.findall(page):
            if font:
                table = tables[font]
            else:
                found.append("".join(table[code] for code in _codes(shown)))
    return [" ".join(text.split()) for text in found if text.strip()]


def _stream(body: bytes) -> bytes:
    """What an object's stream says; nothing where it has none that is packed."""
    _, begins, rest = body.partition(b"stream\n")
    if not begins or b"/FlateDecode" not in body:
        return b""
    content = rest.rpartition(b"endstream")[0].strip(b"\r\n")
    if b"/ASCII85Decode" in body:
        content = base64.a85decode(content.removesuffix(b"~>"))
    return zlib.decompress(content)


def _letters(objects: dict[int, bytes], font: int) -> dict[int, str]:
    """The letter of each code of a font, as its ToUnicode table has it."""
    found = _TO_UNICODE.search(objects[font])
    assert found is not None, "a font says what its letters are"
    table = _stream(objects[int(found[1])]).partition(b"beginbfchar")[2]
    return {int(code, 16): chr(int(letter, 16)) for code, letter in _LETTER.findall(table)}


def _codes(shown: bytes) -> bytes:
    """A literal string of a PDF, whose escapes are those of a bytes literal."""
    literal = shown[1:-1].replace(b"\\(", b"(").replace(b"\\)", b")").replace(b'"', b'\\"')
    said = ast.literal_eval('b"' + literal.decode("latin-1") + '"')
    assert isinstance(said, bytes)
    return said
