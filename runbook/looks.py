"""What the doctor looks at: each returns what was found, or raises the Problem of what is missing. Changes nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from fixtures import (
    browsing,
    budget,
    gates,
    inspection,
    maintenance_page,
    ports,
    restic,
    rollback_point,
    settings_file,
    sizes,
    soundness,
    web,
)
from fixtures.backup_files import PARTS
from fixtures.deployment import Deployment
from fixtures.errors import Refused
from fixtures.places import places_of
from fixtures.rollback_point import DUMP
from fixtures.settings import Target
from fixtures.settings_types import Secret

SECONDS = 60.0


def directory(deployment: Deployment) -> str:
    """The deployment directory, which a run writes to."""
    place = deployment.target.directory
    if not place.is_dir():
        raise Refused(f"{place} is no directory.", next_step="correct directory of the target")
    if not deployment.host.lets_write(place):
        raise Refused(f"{place} cannot be written to.", next_step="become the user that owns it")
    return str(place)


def state(deployment: Deployment) -> str:
    """The place of journal and backups, or the directory in which it will be made."""
    place = deployment.target.state
    existing = next(one for one in (place, *place.parents) if one.exists())
    if place.is_relative_to(deployment.target.directory):
        raise Refused(f"{place} is in the git clone.", next_step="name a state_directory outside of it")
    if not deployment.host.lets_write(existing):
        raise Refused(
            f"{place} cannot be made: {existing} cannot be written to.",
            next_step="make it for this user, or name another state_directory",
        )
    return f"{place}, {'which is there' if place.exists() else 'which will be made'}"


def clone(deployment: Deployment) -> str:
    """The git clone: a clean one."""
    commit = deployment.repository.commit
    inspection.refuse_local_changes(deployment)
    return f"{deployment.repository.describe(commit)} on {deployment.repository.branch or 'no branch'}, clean"


def remote(deployment: Deployment) -> str:
    """The remote that releases come from, reached without a question."""
    git = deployment.target.git
    found = deployment.repository.at_remote(git.remote, git.branch)
    if not found:
        raise Refused(f"{git.remote} has no branch {git.branch}.", next_step="correct git.branch of the target")
    return f"{git.remote} has {git.branch} at {next(iter(found.values()))[:12]}"


def secrets(deployment: Deployment) -> str:
    """Every secret that the settings name a source of."""
    found = list(named_secrets(deployment.target))
    lacking = []
    for place, secret in found:
        try:
            secret.read()
        except Refused as problem:
            lacking.append(f"{place}: {problem.what}")
    in_plain = "".join(f"\n⚠ {line}" for line in settings_file.in_plain(deployment.target))
    if lacking:
        raise Refused(
            f"{len(lacking)} of {len(found)} secrets cannot be read.{in_plain}",
            found="\n" + "\n".join(lacking),
            next_step="set the variable, or write the file, for the user who runs this",
        )
    return f"{len(found)} can be read{in_plain}"


def named_secrets(target: Target) -> Iterator[tuple[str, Secret]]:
    """The secrets of a target, each with its place in the settings."""
    yield from ((f"accounts.{account.name}.password", account.password) for account in target.accounts)
    if target.backups.off_host and target.backups.off_host.password:
        yield "backups.off_host.password", target.backups.off_host.password
    if target.notifications.webhook:
        yield "notifications.webhook.url", target.notifications.webhook.url
    if target.notifications.email and target.notifications.email.password:
        yield "notifications.email.password", target.notifications.email.password


def files(deployment: Deployment) -> str:
    """The files and programs that the settings name."""
    target = deployment.target
    maintenance_page.refuse_unreadable_page(deployment)
    scripts = [words[0] for words in (target.backups.script, target.minor.script) if words]
    programs = [str(target.directory / word) if "/" in word else word for word in scripts]
    kept = (target.notifications.templates, target.notifications.certificate_authority)
    lacking = [f"{program} cannot be run" for program in programs if not deployment.host.has_program(program)]
    lacking += [f"{path} is not there" for path in kept if path is not None and not path.exists()]
    if lacking:
        raise Refused("Files are named that cannot be used.", found="\n" + "\n".join(lacking))
    return "every one that is named can be used"


def engine(deployment: Deployment) -> str:
    """The Docker Engine, answering this user."""
    answer = deployment.host.run(["docker", "version", "--format", "{{.Server.Version}}"], check=False)
    if answer.exit_code:
        raise Refused(
            "The Docker Engine does not answer.",
            found=(answer.stderr.strip() or answer.stdout.strip())[-300:],
            next_step="start it, or put this user into the group docker, which is as good as root",
        )
    return f"Docker Engine {answer.stdout.strip()}"


def compose(deployment: Deployment) -> str:
    """Compose v2."""
    deployment.refuse_old_compose()
    return " ".join(deployment.target.compose.command)


def compose_files(deployment: Deployment) -> str:
    """The Compose files, as Compose resolves them."""
    return f"project {deployment.project} with {', '.join(sorted(deployment.compose().config['services']))}"


def services(deployment: Deployment) -> str:
    """The services, running as the files say, and nothing of the application beside them."""
    inspection.refuse_what_else_runs(deployment)
    declared = sorted(deployment.compose().config["services"])
    out = [name for name in declared if not deployment.compose().container_ids(name)]
    if out:
        raise Refused(
            f"{' and '.join(out)} does not run." if len(out) == 1 else f"{', '.join(out)} do not run.",
            expected="every declared service up",
            found=f"{len(declared) - len(out)} of {len(declared)} run",
            next_step=f"docker compose up -d {' '.join(out)}, and pytest -m diagnose where one does not stay up",
        )
    return f"{len(deployment.compose().containers(declared))} run as the files say"


def door(deployment: Deployment) -> str:
    """Where users come in, and that they are served there now."""
    target = deployment.target
    found, url = ports.entrance(deployment.compose().config, target), target.url + target.probe
    status = web.status_at(url, deployment.host.way_to(url))
    if not 200 <= status < 400:
        raise Refused(
            f"{url} does not serve.",
            expected="a status below 400",
            found=f"status {status}" if status else "no answer",
            next_step="correct url and probe of the target, or mend what runs: pytest -m diagnose",
        )
    return f"{found.service}, port {found.port}; {url} answers {status}"


def database(deployment: Deployment) -> str:
    """PostgreSQL: entered, recent enough, and the one that the application uses."""
    found = deployment.database()
    inspection.refuse_old_server(found)
    inspection.refuse_wrong_data(deployment)
    soundness.refuse_changed_collations(found)
    soundness.refuse_invalid_indexes(found)
    kind = rollback_point.kind_of(deployment)
    return f"{found.name} of PostgreSQL {found.server_version}; rollback points are of the kind {kind}"


def migrations(deployment: Deployment) -> str:
    """The migration tool in the image, the revisions in git and the one in the database."""
    target = deployment.target
    heads, current = deployment.migration_heads(), deployment.database().revisions(target.migrations.version_table)
    if len(heads) != 1:
        raise Refused(
            f"{target.migrations.directory} has {len(heads)} heads.",
            expected="one: the revisions of the application",
            found=", ".join(heads) or "no revision",
            next_step="correct migrations.directory of the target, or have the branches merged",
        )
    tool = ("exec", "-T", target.services.web, *target.migrations.command, "heads")
    deployment.compose().run(*tool, timeout_seconds=SECONDS)
    return f"at {', '.join(current)}, head {heads[0]}"


def media(deployment: Deployment) -> str:
    """The volume of uploaded files."""
    declared = deployment.target.media
    if declared is None:
        return "none are declared"
    return f"volume {deployment.compose().volume_at(declared.service, declared.path)}"


def disk(deployment: Deployment) -> str:
    """Room for all that a run makes."""
    measured, is_dumped = sizes.measure(deployment), rollback_point.kind_of(deployment) == DUMP
    needed = budget.needs(measured, PARTS, is_dumped=is_dumped)
    found = budget.group(places_of(deployment), needed, deployment.target.limits.free_disk_bytes)
    budget.refuse_short(found, "A run would fill the disk")
    return "; ".join(one.available for one in found)


def accounts(deployment: Deployment) -> str:
    """The accounts that the checks log in with."""
    target = deployment.target
    if not target.accounts:
        raise Refused(
            "No account is declared, so nobody's login would be looked at.",
            next_step="make an account for this in the application, and declare it in accounts",
        )
    site = deployment.web()
    enabled = [account for account in target.accounts if account.enabled]
    out = [one for one in enabled if not site.lets_in(one.login, one.name, one.password.read().get_secret_value())]
    if out:
        raise Refused(
            f"{len(out)} of {len(enabled)} accounts cannot log in.",
            found=", ".join(f"{account.name} by {account.login}" for account in out),
            next_step="correct the password's source, or the target's login: path, name_field, proof_path",
        )
    return f"{len(enabled)} log in"


def scenarios(deployment: Deployment) -> str:
    """What must work, as the checks try it."""
    found = [one.name for one in deployment.target.scenarios]
    if not found:
        raise Refused("No scenario is declared.", next_step="declare what people do, in a few requests, in scenarios")
    return ", ".join(found)


def off_host(deployment: Deployment) -> str:
    """The repository that backups are copied to."""
    restic.refuse_closed(deployment)
    return "opens" if restic.repository_of(deployment) else "no restic repository is declared"


def production(deployment: Deployment) -> str:
    """What the gates of a production target need to be told."""
    target = deployment.target
    if not target.production:
        return "not a production target: no gates"
    found = [gates.user(target, deployment.host.user_id)]
    lacking = [gate.line for gate in found if gate.is_closed]
    lacking += ["no maintenance window: gates.windows"] * (not target.gates.windows)
    lacking += ["no budget for the downtime: gates.downtime_seconds"] * (not target.gates.downtime_seconds)
    if lacking:
        raise Refused("The gates of a production target cannot open.", found="\n" + "\n".join(lacking))
    return f"{', '.join(target.gates.windows)}, at most {target.gates.downtime_seconds} s"


def browser(deployment: Deployment) -> str:
    """The browser that is named; without one nobody looks as a browser does."""
    named = deployment.target.browser.command
    if named in ("", browsing.OFF):
        return "off" if named else next(filter(None, map(shutil.which, browsing.NAMES)), "none, so it is left out")
    if shutil.which(named) is None:
        raise Refused(f"There is no {named}.", next_step="install it, or correct browser.command of the target")
    return named
