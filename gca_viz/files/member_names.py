"""The names of members of archives as people read them, of the bytes that programs of all times wrote."""

from __future__ import annotations

import re
import struct
import unicodedata
import zipfile
import zlib

_UTF8 = 0x800  # bit of a zip member's flags: its name is UTF-8
_UNICODE_PATH = 0x7075
_TOUCHING = re.compile("[A-Za-z][^\x00-\x7f]|[^\x00-\x7f][A-Za-z]")
_FULL_WIDTH = re.compile("[\u3000-\u30ff\u3400-\u9fff\uff01-\uff60]")


def zip_name(member: zipfile.ZipInfo) -> str:
    """A zip member's name: as its flag, an extra field or its bytes say, in whatever code page."""
    if member.flag_bits & _UTF8:
        return member.filename
    try:
        raw = member.orig_filename.encode("cp437")
    except UnicodeEncodeError:  # a Python that took it for UTF-8 itself
        return member.filename
    return _unicode_path(member.extra, raw) or text_of(raw)


def text_of(raw: bytes) -> str:
    """A name of its bytes: UTF-8 if they are that; else Shift JIS, Latin 1 or the code page of DOS."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        pass
    try:
        japanese = raw.decode("cp932")
        if _is_japanese(japanese):
            return japanese
    except UnicodeDecodeError:
        pass
    # In the code page of DOS, letters with accents come before 0xB0, and lines and Greek behind; in Latin 1 behind.
    latin = all(byte < 0x80 or byte >= 0xC0 for byte in raw)
    return raw.decode("cp1252" if latin else "cp437", "replace")


def readable(name: str) -> str:
    """A name in which Python kept bytes that are no UTF-8, as people read it."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return text_of(name.encode("utf-8", "surrogateescape"))
    return name


def _is_japanese(text: str) -> bool:
    """Whether all that is not ASCII is Japanese, and does not touch a Latin letter, as in a misread *Möbel*."""
    others = "".join(letter for letter in text if ord(letter) > 127)
    touching = _TOUCHING.search(text) is not None
    letters = all(_FULL_WIDTH.match(letter) and unicodedata.category(letter) != "Cn" for letter in others)
    return bool(others) and letters and not touching


def _unicode_path(extra: bytes, raw: bytes) -> str:
    """The name in a zip member's extra field, if it is there and belongs to the name beside; else nothing."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        field = extra[at + 4 : at + 4 + size]
        fits = kind == _UNICODE_PATH and len(field) > 5 and field[0] == 1
        if fits and struct.unpack_from("<I", field, 1)[0] == zlib.crc32(raw):
            return field[5:].decode(errors="replace")
        at += 4 + size
    return ""
