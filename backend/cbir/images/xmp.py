"""XMP (ISO 16684-1), embedded or beside the picture: title, description, keywords and time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from cbir.images.words import Words

MAX_BYTES = 4 << 20

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC = "http://purl.org/dc/elements/1.1/"
LIGHTROOM = "http://ns.adobe.com/lightroom/1.0/"
PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/"
EXIF = "http://ns.adobe.com/exif/1.0/"
LANGUAGE = "http://www.w3.org/XML/1998/namespace}lang"

TIMES = (f"{EXIF}}}DateTimeOriginal", f"{PHOTOSHOP}}}DateCreated")


class RefusedXmlError(ValueError):
    """XML with a document type: nothing that a picture needs, and the door to entity bombs."""


def from_xmp(packet: bytes) -> Words:
    """Title, description, keywords (of a hierarchy, every level) and time.

    Raises:
        ValueError: not well-formed XML, over `MAX_BYTES`, or with a document type.
    """
    root = _tree(packet)
    hierarchies = _items(root, f"{LIGHTROOM}}}hierarchicalSubject")
    return Words(
        title=_preferred(root, f"{DC}}}title"),
        description=_preferred(root, f"{DC}}}description"),
        keywords=(
            *_items(root, f"{DC}}}subject"),
            *(level for hierarchy in hierarchies for level in hierarchy.split("|")),
        ),
        taken_at=_taken_at(root),
    )


def _tree(packet: bytes) -> Element:
    """The elements, names as `namespace}name`."""
    if len(packet) > MAX_BYTES:
        raise ValueError("too long")
    builder = TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _refuse  # and with it entities
    try:
        parser.Parse(packet.strip(b"\0 \r\n\t"), True)
    except expat.ExpatError as error:
        raise ValueError(str(error)) from None
    return builder.close()


def _refuse(*_: object) -> None:
    raise RefusedXmlError("document type")


def _items(root: Element, name: str) -> Iterator[str]:
    """The members of all bags and sequences of this name, or its plain text."""
    for element in root.iter(name):
        members = list(element.iter(f"{RDF}}}li"))
        yield from (member.text or "" for member in members or [element])


def _preferred(root: Element, name: str) -> str:
    """The default language of a text in several languages, else the first of them."""
    for element in root.iter(name):
        members = list(element.iter(f"{RDF}}}li")) or [element]
        members.sort(key=lambda member: member.get(LANGUAGE) != "x-default")
        return members[0].text or ""
    return ""


def _taken_at(root: Element) -> datetime | None:
    for name in TIMES:
        written = [element.text for element in root.iter(name)]
        written += [element.get(name) for element in root.iter(f"{RDF}}}Description")]
        for text in written:
            try:
                return datetime.fromisoformat((text or "").strip())
            except ValueError:
                continue
    return None


def packet_of(info: dict[str | tuple[int, int], object]) -> bytes:
    """The XMP packet among what Pillow found in a picture's header; empty without one."""
    packet = info.get("xmp") or info.get("XML:com.adobe.xmp")
    if isinstance(packet, str):
        return packet.encode("utf-8", "replace")
    return packet if isinstance(packet, bytes) else b""  # in a damaged TIFF file it may be a number
