"""A real registry of images on a loopback port, that wants a name and a password, as long as a block lasts."""

from __future__ import annotations

import base64
import json
import secrets
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from staging import debian, origin, steps
from staging.clean import docker
from staging.deployment import PORTS, is_free
from tests.faults import ssh

PACKAGE = "docker-registry"
FETCH_SECONDS = 300
CONFIGURATION = """\
version: 0.1
log:
  level: warn
storage:
  filesystem:
    rootdirectory: {place}/images
http:
  addr: 127.0.0.1:{port}
auth:
  htpasswd:
    realm: registry
    path: {place}/htpasswd
"""
USER = "shop"
# bcrypt, which is all that the registry takes: libcrypt has it, and every Debian has Perl.
HASH = 'print crypt($ARGV[0], q($2b$05$) . "abcdefghijklmnopqrstuu")'


@dataclass(frozen=True)
class Registry:
    """A registry that runs: where its files are, where it listens, and the password."""

    place: Path
    port: int
    password: str

    def name(self, tag: str) -> str:
        """The name of the shop's image, by its tag."""
        return f"127.0.0.1:{self.port}/shop/web:{tag}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of somebody who is logged in, as `docker login` leaves it."""
        directory = self.place / "logged-in"
        directory.mkdir(exist_ok=True)
        token = base64.b64encode(f"{USER}:{self.password}".encode()).decode()
        known = {"auths": {f"127.0.0.1:{self.port}": {"auth": token}}}
        (directory / "config.json").write_text(json.dumps(known))
        return {"DOCKER_CONFIG": str(directory)}

    def push(self, release: str, tag: str) -> str:
        """Build a release as its authors would, push it under a tag and forget it here; return the image's id."""
        name = self.name(tag)
        with tempfile.TemporaryDirectory(prefix="release-") as directory:
            origin.assemble(origin.releases()[release], Path(directory))
            docker("build", "--quiet", "--tag", name, directory)
        known = docker("image", "inspect", "--format", "{{.Id}}", name)[0]
        docker("--config", self.environment["DOCKER_CONFIG"], "push", "--quiet", name)
        docker("image", "rm", name)
        return known


@contextmanager
def running() -> Iterator[Registry]:
    """Start a registry, and end it afterwards; what was pulled from it by name is removed."""
    with tempfile.TemporaryDirectory(prefix="registry-") as directory:
        place = Path(directory)
        port = next(port for port in reversed(PORTS) if is_free(port))
        registry = Registry(place, port, secrets.token_urlsafe(12))
        (place / "htpasswd").write_text(f"{USER}:{steps.answer(['perl', '-e', HASH, registry.password])}\n")
        (place / "config.yml").write_text(CONFIGURATION.format(place=place, port=port))
        program = fetched(place)
        with (place / "log").open("wb") as log:
            process = subprocess.Popen([str(program), "serve", str(place / "config.yml")], stdout=log, stderr=log)
        try:
            ssh.wait_for(port)
            yield registry
        finally:
            process.terminate()
            process.wait(ssh.READY_SECONDS)
            pulled = docker("image", "ls", "--quiet", "--filter", f"reference=127.0.0.1:{port}/shop/web")
            if pulled:
                docker("image", "rm", "--force", *sorted(set(pulled)))


def fetched(place: Path) -> Path:
    """Debian's registry, taken out of its package: nothing is installed, so no service is started by it."""
    place.chmod(0o755)
    there = place / "package"
    there.mkdir(mode=0o777)
    debian.update()
    command = ["sh", "-euc", f'cd "$1"; apt-get download {PACKAGE}; dpkg-deb --extract {PACKAGE}_*.deb .', "sh"]
    steps.run([*command, str(there)], timeout_seconds=FETCH_SECONDS)
    return there / "usr/bin/docker-registry"
