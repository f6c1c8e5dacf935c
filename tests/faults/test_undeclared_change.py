"""F8: one value of one row that is not what it was, after a migration that succeeded."""

from __future__ import annotations

import pytest

from tests.faults import deployments, failpoint, living
from tests.rehearsal import outside

pytestmark = [pytest.mark.engine, pytest.mark.thorough, pytest.mark.beside]


def test_f8_one_other_value_is_named_and_the_old_version_put_back() -> None:
    with deployments.deployed("one-value") as rehearsal:
        before = outside.look(rehearsal)
        command = ("-m", "upgrade", "--keep", "--to", "v2.0.0", f"--place={rehearsal.place}")
        stopping = failpoint.at("achieved migration", "SIGSTOP")
        with living.begun(*failpoint.PLUGIN, *command, extra=stopping) as upgrade:
            upgrade.until_stopped()
            with outside.database(rehearsal) as connection:
                connection.execute("update users set phone = 'another' where id = 5")
            upgrade.go_on()
            assert upgrade.wait() == 11, upgrade.said()
            assert "public.users.phone: not what it was, among 1 row changed: id = 5" in upgrade.said()
        assert outside.look(rehearsal).data == before.data
