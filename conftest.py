"""The pytest plugins that the runbook consists of; nothing else stands here."""

pytest_plugins = [
    "runbook.options",
    "runbook.selection",
    "runbook.gate",
    "runbook.telling",
    "fixtures.rehearsal",
    "fixtures.achieved",
    "reports.plugin",
]
