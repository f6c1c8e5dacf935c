"""Real faults, each put into a running rehearsal deployment for as long as a block lasts."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import requests
from psycopg import sql

from staging.clean import docker
from staging.deployment import Rehearsal, compose
from tests.rehearsal import outside

LONGEST_SECONDS = 60
POLL_SECONDS = 0.2
ENORMOUS_BYTES = 10**15
HELD_BYTES = 800_000_000
HOLD = """
import os, time
held = b"x" * {size}
open("/tmp/held", "w").close()
while os.path.exists("/tmp/held"):
    time.sleep(0.2)
"""
BUSY = "touch /tmp/busy; for one in 1 2; do while [ -e /tmp/busy ]; do :; done & done; wait"
COMPLAIN = "touch /tmp/complain; while [ -e /tmp/complain ]; do echo 'ERROR planted by a test' >&2; sleep 0.2; done"
CROWD = """
import os, threading, time
over = threading.Event()
for _ in range(240):
    threading.Thread(target=over.wait).start()
open("/tmp/crowd", "w").close()
while os.path.exists("/tmp/crowd"):
    time.sleep(0.2)
over.set()
"""
OPEN = """
import os, time
opened = [open("/dev/null") for _ in range(900)]
open("/tmp/opened", "w").close()
while os.path.exists("/tmp/opened"):
    time.sleep(0.2)
"""
# Many at once, so that it does not matter when they are counted; they go with the container.
KNOWN_ERRORS = "for one in $(seq 40); do echo 'ERROR known to a test'; done > /proc/1/fd/2"
ALLOWED = '[targets.rehearsal.logs]\nallowed = ["known to a test"]\n\n'
LIMITS = "[targets.rehearsal.limits]\n"
OTHER_IMAGE = """\
FROM {name}
LABEL org.opencontainers.image.revision=0000000000000000000000000000000000000000
USER root
RUN echo '/* new */' >> punk_eco/static/style.css && head -c 100000000 /dev/zero > ballast
USER punk_eco
"""
MEDIA = "      - media:/data/media\n"
SERVED_ASSETS = f"{MEDIA}      - /app/punk_eco/static\n"
ORPHAN = "services:\n  old-worker:\n    image: {name}\n    command: sleep 600\n    init: true\n    network_mode: none\n"
START = ("up", "--detach", "--no-build", "--no-deps", "--wait")
SESSIONS = 45
ORDER = "select o.id, to_json(o)::text from orders o order by id desc limit 1"
LINES = "select coalesce(json_agg(l), '[]')::text from order_lines l where order_id = %s"


def eventually(what: str, condition: Callable[[], bool]) -> None:
    """Wait until a condition holds. Raise TimeoutError, saying what was waited for, when it does not in time."""
    end = time.monotonic() + LONGEST_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {LONGEST_SECONDS} s")
        time.sleep(POLL_SECONDS)


def web(rehearsal: Rehearsal) -> str:
    """The id of the container that serves the pages."""
    return outside.containers(rehearsal)["web"].id


def inside(rehearsal: Rehearsal, script: str, *options: str) -> list[str]:
    """Run a shell script as root in the container that serves the pages."""
    return docker("exec", "--user", "0", *options, web(rehearsal), "sh", "-euc", script)


def is_there(rehearsal: Rehearsal, path: str) -> bool:
    """Whether a path exists in the container that serves the pages."""
    return inside(rehearsal, f"! test -e {path} || echo yes") == ["yes"]


@contextmanager
def patched(rehearsal: Rehearsal, file: str, old: str, new: str) -> Iterator[None]:
    """Other code in the application; `settle` lets it take effect. Raise LookupError when the old code is not there."""
    text = "\n".join(inside(rehearsal, f"cat /app/{file}")) + "\n"
    if old not in text:
        raise LookupError(f"{file} has no {old!r}")
    put(rehearsal, file, text.replace(old, new))
    try:
        yield
    finally:
        put(rehearsal, file, text)


def put(rehearsal: Rehearsal, file: str, text: str) -> None:
    """Write a file of the application."""
    with tempfile.TemporaryDirectory() as directory:
        source = Path(directory) / "file"
        source.write_text(text, "utf-8")
        source.chmod(0o644)
        docker("cp", "--quiet", str(source), f"{web(rehearsal)}:/app/{file}")


def settle(rehearsal: Rehearsal) -> None:
    """Have the application read its files again, and wait until its health check has seen what that changed."""
    old = workers(rehearsal)
    # Not `docker kill --signal HUP`: after any signal from outside the engine no longer restarts the container.
    inside(rehearsal, "kill -HUP $(cat /proc/1/task/1/children)")
    eventually("new workers", lambda: bool(workers(rehearsal)) and old.isdisjoint(workers(rehearsal)))
    expected = "healthy" if requests.get(f"{rehearsal.url}/health", timeout=15).ok else "unhealthy"
    eventually(f"a container that is {expected}", lambda: health(rehearsal) == expected)


def workers(rehearsal: Rehearsal) -> set[str]:
    """The process ids of the application's workers: the children of gunicorn's first process."""
    rows = [line.split() for line in docker("top", web(rehearsal), "-eo", "pid,ppid,comm")[1:]]
    served = {pid: parent for pid, parent, command in rows if command == "gunicorn"}
    return {pid for pid, parent in served.items() if parent in served}


def health(rehearsal: Rehearsal, service: str = "web") -> str:
    """What the health check of a service says; empty when it does not run."""
    found = outside.containers(rehearsal).get(service)
    return str(outside.inspected("container", found.id)[0]["State"]["Health"]["Status"]) if found else ""


@contextmanager
def said_to_database(rehearsal: Rehearsal, fault: str, undo: str) -> Iterator[None]:
    """Other data, by a statement and another that takes it back; no session is left open meanwhile."""
    say(rehearsal, fault)
    try:
        yield
    finally:
        say(rehearsal, undo)


def say(rehearsal: Rehearsal, statement: str) -> None:
    """Have the database do something."""
    with outside.database(rehearsal) as connection:
        connection.execute(statement.encode())


@contextmanager
def order_gone(rehearsal: Rehearsal) -> Iterator[None]:
    """The newest order is missing, with its lines."""
    with outside.database(rehearsal) as connection:
        number, order = connection.execute(ORDER).fetchall()[0]
        lines = connection.execute(LINES, [number]).fetchall()[0][0]
        connection.execute("delete from orders where id = %s", [number])
        try:
            yield
        finally:
            for table, rows in (("orders", f"[{order}]"), ("order_lines", lines)):
                insert = "insert into {} select * from json_populate_recordset(null::{}, %s)"
                name = sql.Identifier(table)
                connection.execute(sql.SQL(insert).format(name, name), [rows])


@contextmanager
def done_inside(rehearsal: Rehearsal, fault: str, undo: str) -> Iterator[None]:
    """Something else in the container, by a shell script and another that takes it back."""
    inside(rehearsal, fault)
    try:
        yield
    finally:
        inside(rehearsal, undo)


def uploaded(rehearsal: Rehearsal, place_from_end: int) -> str:
    """One of the last uploaded files, which the sample that is read over the web does not include."""
    return sorted(outside.media(web(rehearsal)))[-place_from_end]


@contextmanager
def file_deleted(rehearsal: Rehearsal) -> Iterator[None]:
    """An uploaded file is missing."""
    file = uploaded(rehearsal, 1)
    with done_inside(rehearsal, f"mv {file} /tmp/kept-file", f"mv /tmp/kept-file {file}"):
        yield


@contextmanager
def file_changed(rehearsal: Rehearsal) -> Iterator[None]:
    """An uploaded file has one byte too many."""
    file = uploaded(rehearsal, 2)
    with done_inside(rehearsal, f"printf x >> {file}", f"truncate --size=-1 {file}"):
        yield


@contextmanager
def host_too_small(rehearsal: Rehearsal) -> Iterator[None]:
    """The declared reserve of free disk is larger than any disk, and no load is small enough."""
    text = rehearsal.settings_file.read_text("utf-8")
    limits = f"free_disk_bytes = {ENORMOUS_BYTES}\nhost_load_per_processor = 0.0001\n"
    rehearsal.settings_file.write_text(text + limits, "utf-8")
    try:
        yield
    finally:
        rehearsal.settings_file.write_text(text, "utf-8")


@contextmanager
def in_background(rehearsal: Rehearsal, flag: str, *command: str) -> Iterator[None]:
    """A process of the application's own user that goes on as long as a file is there, which it makes itself."""
    docker("exec", "--detach", web(rehearsal), *command)
    eventually(f"{flag} in the container", lambda: is_there(rehearsal, flag))
    try:
        yield
    finally:
        inside(rehearsal, f"rm -f {flag}")


@contextmanager
def other_image(rehearsal: Rehearsal) -> Iterator[None]:
    """The name that the directory gives the application's image belongs to another image."""
    found = outside.containers(rehearsal)
    docker("tag", found["db"].image, f"{rehearsal.project}-web")
    try:
        yield
    finally:
        docker("tag", found["web"].image, f"{rehearsal.project}-web")


@contextmanager
def died_once(rehearsal: Rehearsal) -> Iterator[None]:
    """The application was killed, and its restart policy brought it back; undone with a new container."""
    container = web(rehearsal)
    # Detached: the container takes the shell that kills it along, and its exit code says nothing.
    inside(rehearsal, "kill -9 $(cat /proc/1/task/1/children)", "--detach")
    eventually("a restart", lambda: outside.inspected("container", container)[0]["RestartCount"] > 0)
    eventually("a healthy container", lambda: health(rehearsal) == "healthy")
    try:
        yield
    finally:
        compose(rehearsal, "up", "--detach", "--force-recreate", "--no-deps", "--wait", "web")


@contextmanager
def transaction_open(rehearsal: Rehearsal) -> Iterator[None]:
    """A session with a transaction that nobody ends, as old as the checks do not bear."""
    with outside.database(rehearsal) as connection:
        connection.execute("begin")
        connection.execute("select count(*) from categories")
        age = "select extract(epoch from clock_timestamp() - xact_start) from pg_stat_activity where pid = %s"
        with outside.database(rehearsal) as other:
            pid = [connection.info.backend_pid]
            eventually("a long transaction", lambda: other.execute(age, pid).fetchall()[0][0] > 6)
        yield


@contextmanager
def sessions_used_up(rehearsal: Rehearsal) -> Iterator[None]:
    """Many sessions in which nothing happens."""
    with ExitStack() as stack:
        for _ in range(SESSIONS):
            stack.enter_context(outside.database(rehearsal))
        yield


@contextmanager
def file_with(path: Path, old: str, new: str) -> Iterator[None]:
    """A file of the deployment with another text. Raise LookupError when the old text is not there."""
    text = path.read_text("utf-8")
    if old not in text:
        raise LookupError(f"{path.name} has no {old!r}")
    path.write_text(text.replace(old, new), "utf-8")
    try:
        yield
    finally:
        path.write_text(text, "utf-8")


@contextmanager
def environment(rehearsal: Rehearsal, key: str, value: str) -> Iterator[None]:
    """Another value in `.env`, of which nothing that runs knows."""
    old = f"{key}={outside.environment(rehearsal)[key]}\n"
    with file_with(rehearsal.directory / ".env", old, f"{key}={value}\n"):
        yield


@contextmanager
def restarted_only(rehearsal: Rehearsal) -> Iterator[None]:
    """Another value in `.env`, after which somebody typed `restart`."""
    with environment(rehearsal, "CONTACT_EMAIL", "other@punk-eco.test"):
        compose(rehearsal, "restart", "web")
        eventually("a healthy container", lambda: health(rehearsal) == "healthy")
        yield


@contextmanager
def mount_declared(rehearsal: Rehearsal) -> Iterator[None]:
    """A mount that was added to the Compose file, and that no container has."""
    with file_with(rehearsal.directory / "docker-compose.yml", MEDIA, f"{MEDIA}      - ./punk_eco:/srv/more:ro\n"):
        yield


@contextmanager
def one_off_left(rehearsal: Rehearsal) -> Iterator[None]:
    """A container of `docker compose run` that nobody ended."""
    name = f"{rehearsal.project}-planted-one-off"
    compose(rehearsal, "run", "--detach", "--no-deps", "--name", name, "web", "sleep", "600")
    try:
        yield
    finally:
        docker("rm", "--force", "--volumes", name)


@contextmanager
def orphan_left(rehearsal: Rehearsal) -> Iterator[None]:
    """A service of a Compose file that is no longer used."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "old.yml"
        file.write_text(ORPHAN.format(name=f"{rehearsal.project}-web"), "utf-8")
        files = ("--file", "docker-compose.yml", "--file", str(file))
        compose(rehearsal, *files, "up", "--detach", "--no-deps", "--no-build", "old-worker")
        try:
            yield
        finally:
            compose(rehearsal, *files, "rm", "--stop", "--force", "--volumes", "old-worker")


@contextmanager
def old_assets(rehearsal: Rehearsal) -> Iterator[None]:
    """Another image, larger and with another style sheet, whose container goes on with the earlier anonymous volume."""
    name, kept = f"{rehearsal.project}-web", f"{rehearsal.project}-web:kept-by-test"
    docker("tag", name, kept)
    try:
        with file_with(rehearsal.directory / "docker-compose.yml", MEDIA, SERVED_ASSETS):
            compose(rehearsal, *START, "web")
            with tempfile.TemporaryDirectory() as directory:
                (Path(directory) / "Dockerfile").write_text(OTHER_IMAGE.format(name=kept), "utf-8")
                docker("build", "--quiet", "--tag", name, directory)
            compose(rehearsal, *START, "web")
            yield
    finally:
        docker("tag", kept, name)
        compose(rehearsal, *START, "--renew-anon-volumes", "web")
        docker("rmi", kept)


@contextmanager
def killed_for_memory(rehearsal: Rehearsal) -> Iterator[None]:
    """A process wanted more memory than its container may have, which may have little now; undone with a new one."""
    container = web(rehearsal)
    docker("update", "--memory", "400m", "--memory-swap", "400m", container)
    inside(rehearsal, "python -c 'held = b\"x\" * 900_000_000' || true")
    docker("update", "--memory", "1300m", "--memory-swap", "1300m", container)
    yield


@contextmanager
def known_errors(rehearsal: Rehearsal) -> Iterator[None]:
    """Many errors in the log that the settings allow."""
    with file_with(rehearsal.settings_file, LIMITS, ALLOWED + LIMITS):
        # As the application's own user: nobody else may write where its first process does.
        docker("exec", web(rehearsal), "sh", "-euc", KNOWN_ERRORS)
        yield
