"""Make sure of the images that the rehearsal builds on, under their official names.

Where a container registry is reached they are pulled. Where none is, equivalents are made from Debian's
packages and labelled as made here; they are made anew when their recipe or this machine's authorities change.
"""

import hashlib
import json
import select
import shutil
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from staging import debian, steps
from staging.steps import SetupError

MADE_LOCALLY = "ma.punk-eco.made-locally"
DEBIAN_IMAGE = "punk-eco-debian:bookworm"
RECIPES = Path(__file__).parent / "images"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
REGISTRY_SECONDS = 8
PULL_SECONDS = 900
BUILD_SECONDS = 600


@dataclass(frozen=True)
class BaseImage:
    """An image by its official name, and the folder of its local recipe."""

    name: str
    recipe: str


PYTHON = BaseImage("python:3.11-slim-bookworm", "python")
NODE = BaseImage("node:22-bookworm-slim", "node")
POSTGRES = BaseImage("postgres:15-bookworm", "postgres")
ALL = (PYTHON, NODE, POSTGRES)
LANES = ((PYTHON, NODE), (POSTGRES,))  # the recipe of Node unpacks a wheel with Python's
CERTIFICATE_VARIABLES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")


def ensure() -> None:
    """Make sure that every base image is in the engine. Raise SetupError when one cannot be had."""
    recipe = recipe_digest()
    missing = [image for image in ALL if not is_usable(labels(image.name), recipe)]
    if missing:
        make(pull(missing), recipe)


def names() -> list[str]:
    """Return the official names of the base images."""
    return [image.name for image in ALL]


def labels(name: str) -> dict[str, str] | None:
    """Return the labels of an image in the engine, or None if it is not there."""
    found = steps.answer(["docker", "image", "inspect", "--format", "{{json .Config.Labels}}", name])
    return None if found is None else json.loads(found) or {}


def is_usable(image_labels: dict[str, str] | None, recipe: str) -> bool:
    """Tell whether an image with these labels will do: a pulled one, or one made here by this recipe."""
    if image_labels is None:
        return False
    return image_labels.get(MADE_LOCALLY, recipe) == recipe


def recipe_digest() -> str:
    """Return a digest of what goes into the images made here: recipes and certificate authorities."""
    digest = hashlib.sha256()
    for path in [*sorted(RECIPES.rglob("*")), CERTIFICATES]:
        if path.is_file():
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def pull(images: list[BaseImage]) -> list[BaseImage]:
    """Pull images and return those that could not be pulled: soon all of them, if no registry is reached."""
    if not registry_reached(["docker", "pull", images[0].name]):
        steps.say("images   no container registry is reached; making equivalents from Debian's packages")
        return images
    with ThreadPoolExecutor() as pool:
        pulled = pool.map(_pull_one, images)
        return [image for image, is_there in zip(images, pulled, strict=True) if not is_there]


def registry_reached(pull_command: list[str], limit_seconds: float = REGISTRY_SECONDS) -> bool:
    """Tell whether a pull gets as far as to report an image on its standard output within the limit."""
    with subprocess.Popen(
        pull_command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        try:
            readable, _, _ = select.select([process.stdout], [], [], limit_seconds)
            return bool(readable) and process.stdout.read(1) != b""
        finally:
            process.kill()


def _pull_one(image: BaseImage) -> bool:
    """Pull an image, and tell whether that worked."""
    steps.say(f"images   pulling {image.name}")
    try:
        steps.run(["docker", "pull", image.name], timeout_seconds=PULL_SECONDS, log=_log(image.recipe))
    except SetupError:
        return False
    return True


def make(images: list[BaseImage], recipe: str) -> None:
    """Make images from Debian's packages, those that do not build on each other at the same time."""
    if not images:
        return
    if (labels(DEBIAN_IMAGE) or {}).get(MADE_LOCALLY) != recipe:
        make_debian(recipe)
    lanes = [[image for image in lane if image in images] for lane in LANES]
    with ThreadPoolExecutor() as pool:
        list(pool.map(_build_lane, lanes))


def make_debian(recipe: str) -> None:
    """Make the Debian image that the others build on, with this machine's certificate authorities."""
    started = time.monotonic()
    install_bootstrapper()
    with tempfile.TemporaryDirectory() as place:
        root = str(Path(place, "debian.tar"))
        log = _log("debian")
        steps.run(bootstrap_command(root, debian.archives()), timeout_seconds=BUILD_SECONDS, log=log)
        steps.run(import_command(root, recipe), timeout_seconds=BUILD_SECONDS, log=log)
    steps.say(f"images   made {DEBIAN_IMAGE} in {time.monotonic() - started:.0f} s")


def install_bootstrapper() -> None:
    """Make sure of the packages that make a small Debian. Raise SetupError if they cannot be installed."""
    missing = missing_packages(is_root=debian.is_root())
    if not missing:
        return
    if not debian.is_root() or debian.distribution().id not in ("debian", "ubuntu"):
        raise SetupError(
            f"No container registry is reached: install {', '.join(missing)} so that images can be made, "
            f"or `docker load` {', '.join(names())}."
        )
    debian.update()
    debian.install(missing)


def missing_packages(*, is_root: bool) -> list[str]:
    """Return the packages still to install for making a small Debian; only root can do without uidmap."""
    missing = {
        "mmdebstrap": shutil.which("mmdebstrap") is None,
        "debian-archive-keyring": not debian.KEYRING.exists(),
        "uidmap": not is_root and shutil.which("newuidmap") is None,
    }
    return [package for package, is_missing in missing.items() if is_missing]


def bootstrap_command(root: str, archives: list[debian.Archive]) -> list[str]:
    """Return the command that makes a small Debian 12 from the archives that apt uses, or the usual one."""
    suites = {"Debian": "bookworm", "Debian-Security": "bookworm-security"}
    sources = [f"deb {archive.uri} {suites[archive.label]} main" for archive in archives if archive.label in suites]
    upload = [f"--customize-hook=upload {CERTIFICATES} {CERTIFICATES}"] if CERTIFICATES.exists() else []
    return [
        "mmdebstrap",
        "--variant=minbase",
        "--include=ca-certificates",
        "--dpkgopt=force-unsafe-io",
        "--dpkgopt=path-exclude=/usr/share/man/*",
        "--dpkgopt=path-exclude=/usr/share/doc/*",
        *upload,
        "bookworm",
        root,
        *dict.fromkeys(sources),
    ]


def import_command(root: str, recipe: str) -> list[str]:
    """Return the command that turns the small Debian into an image, whose settings the others inherit."""
    certificates = [f"ENV {name}={CERTIFICATES}" for name in CERTIFICATE_VARIABLES]
    changes = [f"LABEL {MADE_LOCALLY}={recipe}", 'CMD ["bash"]', *certificates]
    return ["docker", "import", *(f"--change={change}" for change in changes), root, DEBIAN_IMAGE]


def _build_lane(lane: list[BaseImage]) -> None:
    """Build images one after the other."""
    for image in lane:
        started = time.monotonic()
        steps.run(
            ["docker", "build", "--tag", image.name, str(RECIPES / image.recipe)],
            timeout_seconds=BUILD_SECONDS,
            log=_log(image.recipe),
        )
        steps.say(f"images   made {image.name} in {time.monotonic() - started:.0f} s")


def _log(name: str) -> Path:
    """Return the log of one image's making, so that those made at the same time do not mix."""
    return steps.LOG.with_name(f"image-{name}.log")
