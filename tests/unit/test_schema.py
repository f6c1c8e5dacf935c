"""Definitions, as pg_dump writes them, made comparable object by object."""

from __future__ import annotations

from fixtures import schema

VIEW = "dear; Type: VIEW; Schema: public; Owner: punk_eco"
WRITTEN = r"""--
-- PostgreSQL database dump
--

\restrict abc

SET client_encoding = 'UTF8';

--
-- Name: dear; Type: VIEW; Schema: public; Owner: punk_eco
--

CREATE VIEW public.dear AS
 SELECT orders.id
   FROM public.orders
  WHERE (orders.total > 100);

--
-- Name: TABLE orders; Type: ACL; Schema: public; Owner: punk_eco
--

GRANT SELECT ON TABLE public.orders TO reader;

\unrestrict abc
"""


def test_every_object_has_a_digest_under_its_heading() -> None:
    assert list(schema.digests(WRITTEN)) == [VIEW, "TABLE orders; Type: ACL; Schema: public; Owner: punk_eco"]


def test_the_random_word_of_a_dump_and_its_comments_make_no_difference() -> None:
    other = WRITTEN.replace("restrict abc", "restrict xyz").replace("database dump", "database dump of another day")
    assert schema.digests(other) == schema.digests(WRITTEN)


def test_one_character_of_a_definition_makes_a_difference_in_that_object_alone() -> None:
    before, after = schema.digests(WRITTEN), schema.digests(WRITTEN.replace("100", "900"))
    assert [name for name in before if before[name] != after[name]] == [VIEW]
