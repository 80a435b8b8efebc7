"""A Word file as a package of parts, opened without trust: only what a document needs is ever read."""

import io
import posixpath
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

MAX_FILE, MAX_UNPACKED, MAX_XML = 60_000_000, 150_000_000, 25_000_000  # bytes
MAX_PARTS = 3_000
DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")


_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first date a ZIP file can hold


class WordRefused(ValueError):
    """The file cannot be taken; the message is one sentence for whoever brought it."""


@dataclass(frozen=True)
class Relation:
    """`kind` is the last word of its type, such as `image`; `target` a part's name, or an address outside."""

    id: str
    type: str
    kind: str
    target: str
    outside: bool


class Package:
    """The parts of a file. Raises WordRefused when it is no Word document, or one that could do harm."""

    def __init__(self, source: bytes | Path) -> None:
        if isinstance(source, Path) and source.stat().st_size > MAX_FILE:
            raise WordRefused(
                f"The file is larger than {MAX_FILE // 1_000_000} MB: make its pictures smaller."
            )
        content = source if isinstance(source, bytes) else source.read_bytes()
        self._zip = _unzipped(content)
        types = self.xml("[Content_Types].xml")
        self._overrides = {
            (el.get("PartName") or "").lstrip("/"): el.get("ContentType") or ""
            for el in types.iter(f"{TYPES}Override")
        }
        self._defaults = {
            (el.get("Extension") or "").lower(): el.get("ContentType") or ""
            for el in types.iter(f"{TYPES}Default")
        }
        self.main = next((r.target for r in self.relations("") if r.kind == "officeDocument"), "")
        self._refuse_what_runs()

    def __contains__(self, name: str) -> bool:
        return name in self._zip.NameToInfo

    def content_type(self, name: str) -> str:
        extension = name.rpartition(".")[2].lower()
        return self._overrides.get(name) or self._defaults.get(extension, "")

    def read(self, name: str) -> bytes:
        try:
            return self._zip.read(name)
        except (KeyError, zipfile.BadZipFile, EOFError, OSError, NotImplementedError, ValueError) as error:
            raise WordRefused(
                f"The file is damaged: its part {name!r} cannot be read; save it again in Word."
            ) from error

    def xml(self, name: str) -> etree._Element:
        content = self.read(name)
        # With the zero bytes out, UTF-16 cannot hide a declaration of entities.
        if len(content) > MAX_XML or b"<!DOCTYPE" in content.replace(b"\0", b""):
            raise WordRefused(
                f"The file's part {name!r} is not one that Word writes: save the text as a new document in Word."
            )
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
        )
        try:
            root = etree.fromstring(content, parser)
        except etree.XMLSyntaxError as error:
            raise WordRefused(
                f"The file is damaged: its part {name!r} cannot be read; save it again in Word."
            ) from error
        return root

    def relations(self, name: str) -> list[Relation]:
        """What a part refers to; the package itself is the part without a name."""
        listed = relations_part(name)
        if listed not in self:
            return []
        folder = name.rpartition("/")[0]
        found = []
        for el in self.xml(listed).iter(f"{RELATIONS}Relationship"):
            type_, target = el.get("Type") or "", el.get("Target") or ""
            outside = el.get("TargetMode") == "External"
            if not outside:
                target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            found.append(Relation(el.get("Id") or "", type_, type_.rpartition("/")[2], target, outside))
        return found

    def _refuse_what_runs(self) -> None:
        runs = [
            name
            for name in (*self._zip.namelist(), *self._overrides.values(), *self._defaults.values())
            if any(word in name.lower() for word in ("vbaproject", "vbadata", "macroenabled", "activex"))
        ]
        if runs:
            raise WordRefused(
                "The file holds macros or controls that run: save it as a Word Document (.docx)."
            )
        kind = self.content_type(self.main)
        if kind != DOCUMENT or self.main not in self:
            what = "a Word template" if "wordprocessingml.template" in kind else "not a Word document"
            raise WordRefused(f"The file is {what}: save it as a Word Document (.docx).")
        if not self.xml(self.main).tag.startswith("{http://schemas.openxmlformats.org/"):
            raise WordRefused(
                "The file is a Strict Open XML document, which few programs read: save it as a Word Document (.docx)."
            )


def _unzipped(content: bytes) -> zipfile.ZipFile:
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise WordRefused("The file is protected with a password: save it without one.")
        raise WordRefused("The file is of an old kind of Word (.doc): save it as a Word Document (.docx).")
    if content.startswith(b"%PDF-"):
        raise WordRefused("The file is a PDF with another name: attach it as a PDF.")
    try:
        package = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise WordRefused(
            "The file is not a Word document, or was cut off on its way: save it in Word and send it again."
        ) from error
    entries = package.infolist()
    if len(entries) > MAX_PARTS or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise WordRefused(
            "The file unpacks to far more than a paper can be: save its text as a new document in Word."
        )
    if any(entry.flag_bits & 1 for entry in entries):
        raise WordRefused("The file is protected with a password: save it without one.")
    if len({entry.filename.lower() for entry in entries}) < len(entries):
        raise WordRefused("The file names one of its parts twice: save its text as a new document in Word.")
    if "[Content_Types].xml" not in package.NameToInfo:
        raise WordRefused("The file is a ZIP archive and not a Word document: save it as .docx in Word.")
    return package


def archive(parts: Mapping[str, bytes]) -> bytes:
    """The parts of a Word file as one, whose bytes depend on nothing else."""
    whole = io.BytesIO()
    # Word looks for the list of content types first.
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as package:
        for name in sorted(parts, key=lambda name: (name != "[Content_Types].xml", name)):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(entry, parts[name])
    return whole.getvalue()


def relations_part(name: str) -> str:
    """The name of the part that lists what the part `name` refers to."""
    folder, _, base = name.rpartition("/")
    return f"{folder}/_rels/{base}.rels".lstrip("/")


def relations_xml(relations: Iterable[Relation]) -> bytes:
    root = _unprefixed("Relationships", RELATIONS)
    for relation in relations:
        target = relation.target if relation.outside else f"/{relation.target}"
        el = etree.SubElement(
            root, f"{RELATIONS}Relationship", Id=relation.id, Type=relation.type, Target=target
        )
        if relation.outside:
            el.set("TargetMode", "External")
    return as_bytes(root)


def types_xml(types: Mapping[str, str]) -> bytes:
    """The list of content types, by part."""
    root = _unprefixed("Types", TYPES)
    etree.SubElement(
        root,
        f"{TYPES}Default",
        Extension="rels",
        ContentType="application/vnd.openxmlformats-package.relationships+xml",
    )
    for name, kind in sorted(types.items()):
        etree.SubElement(root, f"{TYPES}Override", PartName=f"/{name}", ContentType=kind)
    return as_bytes(root)


def _unprefixed(name: str, namespace: str) -> etree._Element:
    # LibreOffice knows these two by their bare names only.
    return etree.fromstring(f'<{name} xmlns="{namespace[1:-1]}"/>')


def as_bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
