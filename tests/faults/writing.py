"""A customer who orders again and again through the public door, and keeps account of what the shop acknowledged."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import requests

from staging.deployment import Rehearsal
from tests.rehearsal import outside

CUSTOMER = "client003@punk-eco.test"
EVERY_SECONDS = 0.3
ANSWER_SECONDS = 10
ORDERS = "select o.id from orders o join users u on u.id = o.user_id where u.email = %s order by o.id"
# A count that is read twice, through the API and with SQL, differs by what is ordered in between.
COUNTED = """
[[targets.rehearsal.counts]]
path = "/api/orders"
account = "staff@punk-eco.test"
key = "total"
sql = "select count(*) from orders"
"""


@dataclass
class Account:
    """The orders that were there before, those that the shop acknowledged, and how many requests had no answer."""

    before: set[int]
    acknowledged: list[int] = field(default_factory=list)
    unanswered: int = 0

    def wrongs(self, rehearsal: Rehearsal) -> list[str]:
        """What was acknowledged and is lost, or is there and was never asked for, a line each."""
        held = orders(rehearsal)
        lost = sorted({*self.acknowledged, *self.before} - held)
        more = held - self.before - set(self.acknowledged)
        twice = len(self.acknowledged) - len(set(self.acknowledged))
        return [
            *(f"order {number} was acknowledged and is lost" for number in lost),
            *(
                [f"{len(more)} orders more than acknowledged, {self.unanswered} unanswered"]
                * (len(more) > self.unanswered)
            ),
            *([f"{twice} numbers were given twice"] if twice else []),
        ]


def orders(rehearsal: Rehearsal) -> set[int]:
    """The numbers of the customer's orders."""
    with outside.database(rehearsal) as connection:
        return {number for (number,) in connection.execute(ORDERS.encode(), [CUSTOMER]).fetchall()}


@contextmanager
def writing(rehearsal: Rehearsal) -> Iterator[Account]:
    """Order as long as the block lasts; the account of it is complete after the block."""
    text = rehearsal.settings_file.read_text("utf-8")
    if COUNTED not in text:
        raise LookupError("the settings count the orders in another way")
    rehearsal.settings_file.write_text(text.replace(COUNTED, ""), "utf-8")
    account, over = Account(orders(rehearsal)), threading.Event()
    password = rehearsal.seed_password_file.read_text("utf-8").strip()
    body = {"email": CUSTOMER, "password": password}
    token = requests.post(f"{rehearsal.url}/api/token", json=body, timeout=ANSWER_SECONDS).json()["token"]
    writer = threading.Thread(target=order_until, args=(rehearsal.url, token, account, over), name="writer")
    writer.start()
    try:
        yield account
    finally:
        over.set()
        writer.join()
        rehearsal.settings_file.write_text(text, "utf-8")


def order_until(url: str, token: str, account: Account, over: threading.Event) -> None:
    """Order one thing after another until it is over; a request without an answer may have been heard or not."""
    headers = {"Authorization": f"Bearer {token}"}
    while not over.wait(EVERY_SECONDS):
        try:
            answer = requests.post(
                f"{url}/api/orders", json={"product_id": 1, "quantity": 1}, headers=headers, timeout=ANSWER_SECONDS
            )
        except requests.RequestException:
            account.unanswered += 1
            continue
        if answer.status_code == 201:
            account.acknowledged.append(int(answer.json()["id"]))
        else:
            account.unanswered += 1
