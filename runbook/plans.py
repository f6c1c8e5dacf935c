"""The stages in their order, and the plans made of them. This is the one place where the order is written."""

from __future__ import annotations

from dataclasses import dataclass

from fixtures import maintenance


@dataclass(frozen=True)
class Stage:
    """One ordered step of the runbook: its section of the guide, what it changes, who serves users meanwhile."""

    name: str
    guide: str
    changes: str
    served_by: str


STAGES = (
    Stage("preflight", "Vérification des prérequis", "nothing", "old"),
    Stage("backup", "Sauvegarde complète", "the backup directory", "old"),
    Stage("source", "1. Mettre à jour le code source", "git: fetch, backup branch, a worktree beside", "old"),
    Stage("dependencies", "2. Mettre à jour les dépendances", "new images under their own names", "old"),
    Stage("configuration", "3. Mettre à jour la configuration", "a candidate .env, not installed", "old"),
    Stage("trial", "Testez la mise à jour dans un environnement de staging", "a clone, thrown away", "old"),
    Stage("maintenance", "Arrêter les conteneurs", "door closed, writers stopped, directory switched", "nobody"),
    Stage("migration", "4. Mettre à jour la base de données", "the database", "nobody"),
    Stage("restart", "5. Redémarrer les services", "new containers, in the dark", "nobody"),
    Stage("verification", "Vérification post-mise à jour", "nothing", "nobody"),
    Stage("acceptance", "Informez les utilisateurs", "the door opens", "new"),
    Stage("watch", "Surveillez les erreurs", "nothing", "new"),
    Stage("rollback", "Rollback", "everything back; only if a stage from maintenance on failed", "old"),
)
NAMES = tuple(stage.name for stage in STAGES)

# A restore has three stages of its own; from then on it goes the way of an upgrade.
OF_A_RESTORE = (
    Stage("selection", "Sauvegarde complète", "nothing", "old"),
    Stage("proof", "Sauvegarde complète", "a clone, thrown away; a database beside the live one", "old"),
    Stage("replacement", "Rollback", "door closed, writers stopped, data and files replaced", "nobody"),
)
RESTORE_NAMES = tuple(stage.name for stage in OF_A_RESTORE)

# A rollback after the opening is an upgrade to the version before: `old` is here who serves when it begins.
OF_A_LATE_ROLLBACK = (
    Stage("decision", "Rollback", "nothing", "old"),
    Stage("attempt", "Rollback", "a clone, thrown away", "old"),
    Stage("reversal", "Rollback", "the database, back to the old revision where it was migrated", "nobody"),
)
LATE_NAMES = tuple(stage.name for stage in OF_A_LATE_ROLLBACK)

ALTERATIONS = maintenance.ALTERATIONS
# A command of the migration tool alone goes the way of an upgrade as well, with the deployed version as the release.
OF_AN_ALTERATION = (
    Stage("intention", "Problèmes de migration", "nothing", "old"),
    Stage("alteration", "Migrations de base de données", "door closed, writers stopped, the database", "nobody"),
)
ALTERING_NAMES = tuple(stage.name for stage in OF_AN_ALTERATION)
BY_NAME = {stage.name: stage for stage in (*STAGES, *OF_A_RESTORE, *OF_A_LATE_ROLLBACK, *OF_AN_ALTERATION)}
ALTERING = {
    "database_upgrade": "flask db upgrade: the deployed version's pending migrations, with backup and way back",
    "downgrade": "flask db downgrade: to --revision, such as -1; what it loses is put back, unless that is accepted",
    "stamp": "flask db stamp: --revision is recorded for --reason, nothing is run; what that passes over is shown",
}

# The guide's commands that only ask, and what each of them shows.
ASKING = {
    "current": "flask db current: the revision that the database is at; changes nothing",
    "heads": "flask db heads: the heads of the image's migrations; changes nothing",
    "history": "flask db history: the image's migrations in their order; changes nothing",
    "freeze": "pip freeze: what is installed in the image; changes nothing",
    "logs": "docker compose logs: the last lines, or with --follow all that come; changes nothing",
    "ps": "docker compose ps: the containers; changes nothing",
    "ready": "pg_isready: whether the database accepts connections; changes nothing",
}
MIGRATION_NEW = "migration_new"

# The plans that go through all stages: to any release, to a minor one, to the deployed commit built anew.
MINOR, REBUILD = "minor", "rebuild"
UPGRADES = ("upgrade", MINOR, REBUILD)
# What `-m minor --no-restart` becomes: all of it while users are served. Nobody asks for it by this name.
MINOR_NO_RESTART = "minor_no_restart"

# What one may ask for with -m. A stage that needs others before it brings them with it.
PLANS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(UPGRADES, NAMES),
    MINOR_NO_RESTART: NAMES[: NAMES.index("maintenance")],
    **{name: NAMES[: NAMES.index(name) + 1] for name in NAMES[: NAMES.index("maintenance")]},
    "verification": ("verification",),
    "watch": ("watch",),
    "rollback": ("rollback",),
    "restore": (*RESTORE_NAMES, "restart", "verification", "acceptance", "rollback"),
    "late_rollback": (
        *("decision", "backup", "attempt", "maintenance", "reversal"),
        *("restart", "verification", "acceptance", "rollback"),
    ),
    "diagnose": (),
    "status": (),
    "backups": (),
    "doctor": (),
    **dict.fromkeys(
        ALTERATIONS, ("intention", "backup", "alteration", "restart", "verification", "acceptance", "rollback")
    ),
    **dict.fromkeys(ASKING, ()),
    MIGRATION_NEW: (),
}
STATUS, BACKUPS, DOCTOR = "status", "backups", "doctor"
DIAGNOSE = "diagnose"
# What is only told and never run.
TOLD = (STATUS, BACKUPS, DOCTOR)
RESTORE = "restore"
# What `-m rollback` becomes once users were let in to the new version; nobody asks for it by this name.
LATE_ROLLBACK = "late_rollback"
# What closes the door. One of these that did not come to its end stands in the way of the next one.
CHANGING = (*UPGRADES, RESTORE, LATE_ROLLBACK, *ALTERATIONS)
# What looks at that by which users are served: what it finds is before them already.
LOOKING = ("verification", "watch", DIAGNOSE, *ASKING)
OPERATIONS = {
    "diagnose": "Dépannage des problèmes courants: everything the guide looks at; changes nothing",
    STATUS: "what is known: the last run, what serves now, what to do next; changes nothing",
    BACKUPS: "the backups that there are, each read in full, with its state; changes nothing",
    DOCTOR: "what a first run of a target needs and what of it is missing, in one list; changes nothing",
    **ASKING,
    MIGRATION_NEW: "flask db migrate: a new file in the deployment directory, generated and shown, applied to nothing",
}

# With the door closed: asked for alone, these would leave a deployment half way.
ONLY_IN_UPGRADE = NAMES[NAMES.index("maintenance") : NAMES.index("watch")]

# The moments at which the checks look, each with the stage it belongs to.
MOMENTS = {
    "before": "preflight",
    "trial": "trial",
    "dark": "verification",
    "open": "acceptance",
    "rolled-back": "rollback",
}
RESTORED_MOMENT = "restored"
TAKEN_BACK_MOMENT = "taken-back"
ALTERED_MOMENT = "altered"
# What is looked at in the dark by plans that are no upgrade.
IN_THE_DARK = {
    RESTORE: RESTORED_MOMENT,
    LATE_ROLLBACK: TAKEN_BACK_MOMENT,
    **dict.fromkeys(ALTERATIONS, ALTERED_MOMENT),
}
SMOKE_MOMENT = "open"
LIVE_MOMENT = "now"


def file_name(stage: str) -> str:
    """The file in `runbook/` that holds a stage, numbered so that a listing shows the order."""
    if stage in RESTORE_NAMES:
        return f"restore_{RESTORE_NAMES.index(stage) + 1}_{stage}.py"
    if stage in LATE_NAMES:
        return f"late_{LATE_NAMES.index(stage) + 1}_{stage}.py"
    if stage in ALTERING_NAMES:
        return f"alter_{ALTERING_NAMES.index(stage) + 1}_{stage}.py"
    return f"stage_{NAMES.index(stage) + 1:02}_{stage}.py"


def files(plan: str) -> list[str]:
    """The files in `runbook/` that a plan consists of; a verification is the checks only where nothing was migrated."""
    if plan in OPERATIONS:
        return [f"operation_{plan}.py"]
    return [file_name(stage) for stage in PLANS[plan] if stage != "verification" or plan in UPGRADES]


def label(stage: str) -> str:
    """A stage's name with its number, such as `02 backup`."""
    return f"{NAMES.index(stage) + 1:02} {stage}" if stage in NAMES else stage


def moments(plan: str) -> dict[str, str]:
    """The moments of a plan, each with its stage."""
    if plan == "verification":
        return {LIVE_MOMENT: "verification"}
    if plan in IN_THE_DARK:
        return {IN_THE_DARK[plan]: "verification", SMOKE_MOMENT: "acceptance", "rolled-back": "rollback"}
    return {moment: stage for moment, stage in MOMENTS.items() if stage in PLANS[plan]}


def refusal(expression: str) -> str:
    """Why a `-m` expression that names stages cannot be run; empty when it names none or is a plan."""
    words = expression.replace("(", " ").replace(")", " ").split()
    named = [word for word in words if word in BY_NAME or word in PLANS]
    if expression == MINOR_NO_RESTART:
        return "minor_no_restart cannot be asked for: type `pytest -m minor --no-restart`."
    if expression in (LATE_ROLLBACK, *LATE_NAMES):
        return f"{expression} cannot be asked for: `pytest -m rollback` goes that way once users were let in."
    if expression in PLANS or not named:
        return ""
    if expression in ONLY_IN_UPGRADE:
        return f"{expression} cannot be run alone: it is part of `pytest -m upgrade`."
    if expression in ALTERING_NAMES:
        return f"{expression} cannot be run alone: it is part of `pytest -m {'`, `-m '.join(ALTERATIONS)}`."
    if expression in RESTORE_NAMES:
        return f"{expression} cannot be run alone: it is part of `pytest -m restore`."
    return f"-m takes exactly one plan or stage, not {expression!r}: one of {', '.join(PLANS)}."
