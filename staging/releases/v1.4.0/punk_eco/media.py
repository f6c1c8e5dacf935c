"""The uploaded files: kept under a name that follows from their content, never overwritten."""

import hashlib
import os
import tempfile
from pathlib import Path

from flask import current_app

from punk_eco.extensions import db
from punk_eco.models import Photo, Product

SUFFIXES = {b"\x89PNG\r\n\x1a\n": ".png", b"\xff\xd8\xff": ".jpg"}


class UnknownFormat(Exception):
    """The file is neither PNG nor JPEG."""


def store(product: Product, content: bytes) -> Photo:
    """Write the file, and return its new photo row, added to the session but not committed."""
    sha256 = hashlib.sha256(content).hexdigest()
    name = f"{product.slug}-{sha256[:12]}{suffix_of(content)}"
    write(name, content)
    photo = Photo(product=product, name=name, sha256=sha256, size_bytes=len(content))
    db.session.add(photo)
    return photo


def remove(photo: Photo) -> None:
    """Delete the photo, its row first: a file without a row harms nobody."""
    path = directory() / photo.name
    db.session.delete(photo)
    db.session.commit()
    path.unlink(missing_ok=True)


def write(name: str, content: bytes) -> None:
    """Write a file completely or not at all."""
    with tempfile.NamedTemporaryFile(dir=directory(), prefix=".", delete=False) as file:
        file.write(content)
    os.chmod(file.name, 0o644)
    os.replace(file.name, directory() / name)


def directory() -> Path:
    """Return where the files are: the mount point of the media volume."""
    return current_app.config["MEDIA_DIRECTORY"]


def suffix_of(content: bytes) -> str:
    """Return the file name suffix that the first bytes call for."""
    for magic, suffix in SUFFIXES.items():
        if content.startswith(magic):
            return suffix
    raise UnknownFormat
