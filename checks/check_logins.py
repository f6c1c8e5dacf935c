"""Logins: real accounts through the real form, and nobody else."""

from fixtures.instance import Instance


def check_real_accounts_log_in(instance: Instance) -> None:
    """Every declared account that is enabled can log in through the form."""
    accounts = [account for account in instance.target.accounts if account.enabled]
    assert accounts, f"targets.{instance.target.name} declares no enabled account to log in with"
    refused = [account.name for account in accounts if not instance.logs_in(account)]
    assert refused == [], f"{len(refused)} of {len(accounts)} accounts cannot log in"


def check_disabled_accounts_stay_out(instance: Instance) -> None:
    """An account that was disabled is still refused."""
    disabled = [account for account in instance.target.accounts if not account.enabled]
    let_in = [account.name for account in disabled if instance.logs_in(account)]
    assert let_in == [], "a disabled account was let in"


def check_wrong_password_is_refused(instance: Instance) -> None:
    """A real account with a wrong password is refused."""
    assert instance.target.accounts, f"targets.{instance.target.name} declares no account"
    let_in = [a.name for a in instance.target.accounts[:1] if instance.logs_in(a, password="not the password")]
    assert let_in == [], "a wrong password was accepted"
