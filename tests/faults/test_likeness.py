"""What belongs to a database itself goes with its rollback point: on a real server."""

from __future__ import annotations

import pytest

from fixtures import likeness
from tests.faults import server

pytestmark = [pytest.mark.engine, pytest.mark.thorough, pytest.mark.beside]

ITSELF = """
    create role owner_of_{name} login; grant owner_of_{name} to current_user; create role reader_of_{name};
    alter database {name} owner to owner_of_{name}; alter database {name} connection limit 41;
    revoke connect on database {name} from public; grant connect on database {name} to reader_of_{name};
    comment on database {name} is 'the shop''s 100 %';
    alter database {name} set work_mem = '5MB'; alter database {name} set search_path = public, "$user";
    alter role reader_of_{name} in database {name} set datestyle = 'ISO, DMY'
"""


def test_a_copy_gets_what_belongs_to_the_database_itself_and_what_it_lacks_is_named() -> None:
    with server.running() as postgres:
        shop = server.made(postgres)
        server.run(postgres, ITSELF.format(name=shop.name).replace("; ", ";\n"))
        copy = server.copied(shop)
        lacking = likeness.differences(shop, copy.name)
        kinds = ("owner", "connection limit", "rights", "comment", "settings")
        assert [line.partition(" of the database")[0] for line in lacking] == list(kinds)
        likeness.make_like(shop, copy.name)
        assert likeness.differences(shop, copy.name) == []
        likeness.make_like(shop, copy.name)
        assert likeness.differences(shop, copy.name) == []
