"""Logins: real accounts, each in its way, and nobody else; each sees what it saw, and can leave again."""

import pytest

from fixtures import access, logins
from fixtures.baseline import Baseline
from fixtures.finding import finding
from fixtures.instance import Instance

# What was measured a moment ago is not asked again for its own sake.
AFTERWARDS = pytest.mark.moments("trial", "dark", "rolled-back", "restored", "taken-back", "altered", "now")
LOOK = "the log of the web service, and the accounts of the settings"


def check_real_accounts_log_in(instance: Instance) -> None:
    """Every declared account that is enabled can log in, in its way: by form, for a token, with name and password."""
    accounts = logins.enabled(instance)
    assert accounts, f"targets.{instance.target.name} declares no enabled account to log in with"
    refused = logins.refused(instance)
    assert refused == [], finding(
        "People can no longer log in.",
        measured=f"{len(refused)} of {len(accounts)} accounts cannot log in",
        expected="all of them are let in",
        sample=refused,
        look=LOOK,
    )


def check_disabled_accounts_stay_out(instance: Instance) -> None:
    """An account that was disabled is still refused."""
    let_in = logins.disabled_let_in(instance)
    assert let_in == [], finding(
        "Somebody whose account was disabled is let in.",
        measured=f"{len(let_in)} of {len(logins.disabled(instance))} disabled accounts log in",
        expected="none",
        sample=let_in,
        look=LOOK,
    )


def check_wrong_password_is_refused(instance: Instance) -> None:
    """A real account with a wrong password is refused, in each way to log in."""
    assert instance.target.accounts, f"targets.{instance.target.name} declares no account"
    let_in = logins.wrongly_let_in(instance)
    assert let_in == [], finding(
        "Any password opens an account.",
        measured=f"{len(let_in)} accounts log in with a wrong password",
        expected="none",
        sample=let_in,
        look=LOOK,
    )


def check_unknown_users_are_refused(instance: Instance) -> None:
    """A name that nobody has is refused, in each way to log in."""
    ways = logins.strangers_let_in(instance)
    assert ways == [], finding(
        "Somebody without an account is let in.",
        measured=f"a name that nobody has logs in by {', '.join(ways)}",
        expected="it is refused in every way",
        look=LOOK,
    )


@AFTERWARDS
def check_what_was_denied_stays_denied(instance: Instance, baseline: Baseline) -> None:
    """What an account, or nobody in particular, could not see is still not shown to them."""
    opened = access.changes(baseline.rights, access.rights(instance), access.OPEN)
    assert opened == [], finding(
        "Somebody sees what they were not allowed to see.",
        measured=f"{len(opened)} pages are shown that were denied",
        expected="who was denied before is denied now",
        sample=opened,
        look="what guards these paths in the release",
    )


@AFTERWARDS
def check_what_was_open_stays_open(instance: Instance, baseline: Baseline) -> None:
    """What an account, or anybody, could see is not denied to them."""
    closed = access.changes(baseline.rights, access.rights(instance), access.DENIED)
    assert closed == [], finding(
        "Somebody is kept from what they could see before.",
        measured=f"{len(closed)} pages are denied that were shown",
        expected="who saw a page before sees it now",
        sample=closed,
        look="what guards these paths in the release",
    )


@pytest.mark.moments("trial", "dark", "rolled-back")
def check_sessions_are_kept(instance: Instance) -> None:
    """Who was logged in before the upgrade still is, unless the settings declare that it is not so.

    A way back that another run goes knows of no session.
    """
    declared = instance.target.expected.sessions
    is_lost = declared == "lost" or (declared == "lost-in-the-clone" and instance.moment == "trial")
    lost = [] if is_lost else logins.lost_sessions(instance)
    assert lost == [], finding(
        "Everybody who was logged in is logged out.",
        measured=f"{len(lost)} of {len(instance.opened_before)} sessions are lost",
        expected='all are kept, or expected.sessions = "lost" in the settings',
        sample=lost,
        look="SECRET_KEY in .env, the session cookie's name, where sessions are kept",
    )


def check_logging_out_ends_the_session(instance: Instance) -> None:
    """A browser that logged out is logged out."""
    still_in = logins.still_in_after_logout(instance)
    assert still_in == [], finding(
        "Who logs out stays logged in.",
        measured="the page for logged-in people is still shown",
        expected=f"{instance.target.login.logout_path} ends the session",
        sample=still_in,
        look=LOOK,
    )


@AFTERWARDS
def check_cookies_are_protected_as_before(instance: Instance, baseline: Baseline) -> None:
    """The cookies of a login are still Secure, HttpOnly and SameSite where they were."""
    lost = logins.lost_flags(instance, baseline.cookies)
    assert lost == [], finding(
        "The cookie that keeps people logged in is less protected than before.",
        measured=f"{len(lost)} cookies have lost a flag",
        expected="at least the flags of before",
        sample=lost,
        look="SESSION_COOKIE_SECURE, _HTTPONLY and _SAMESITE in the release's configuration",
    )
