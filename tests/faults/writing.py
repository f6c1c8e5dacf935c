"""A customer who orders again and again through the public door, and keeps account of what the shop acknowledged."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle

import requests
from urllib3.exceptions import NewConnectionError

from staging.deployment import Rehearsal
from tests.rehearsal import outside

CUSTOMER = "client003@punk-eco.test"
EVERY_SECONDS = 0.3
ANSWER_SECONDS = 10
ORDERS = """
select o.id, l.product_id, l.quantity
from orders o join users u on u.id = o.user_id left join order_lines l on l.order_id = o.id where u.email = %s
"""
# By what is ordered one knows each request again in the database.
WANTED = [(product, quantity) for product in range(1, 21) for quantity in range(1, 21)]
CREATED, CLOSED = 201, 503
# A count that is read twice, through the API and with SQL, differs by what is ordered in between.
COUNTED = """
[[targets.rehearsal.counts]]
path = "/api/orders"
account = "staff@punk-eco.test"
key = "total"
sql = "select count(*) from orders"
"""


Wanted = tuple[int, int]


@dataclass
class Account:
    """What became of each order: those that were there before, and those that the shop acknowledged, by their number.

    `unheard` are the requests that may have been heard or not, as no answer came; `denied` the statuses of answers that
    nobody would expect. A request at a closed door counts nowhere: it was heard by nobody.
    """

    before: dict[int, list[Wanted]]
    acknowledged: list[tuple[int, Wanted]] = field(default_factory=list)
    unheard: list[Wanted] = field(default_factory=list)
    denied: list[int] = field(default_factory=list)

    def wrongs(self, rehearsal: Rehearsal) -> list[str]:
        """What is lost, other than it was ordered, there twice, or there without having been asked for: a line each."""
        held = orders(rehearsal)
        known = self.before | {number: [wanted] for number, wanted in self.acknowledged}
        news = Counter(wanted for number in held.keys() - known.keys() for wanted in held[number])
        numbers = Counter(number for number, _ in self.acknowledged)
        return [
            *(
                f"order {number} is {held.get(number)}, not {lines}"
                for number, lines in known.items()
                if held.get(number) != lines
            ),
            *(
                f"{wanted} is there {times} times more than acknowledged"
                for wanted, times in news.items()
                if times > self.unheard.count(wanted)
            ),
            *(f"the number {number} was given {times} times" for number, times in numbers.items() if times > 1),
            *(f"status {status}" for status in self.denied),
        ]


def orders(rehearsal: Rehearsal) -> dict[int, list[Wanted]]:
    """The customer's orders by their numbers: the lines of each, a product and how many of it."""
    found: dict[int, list[Wanted]] = {}
    with outside.database(rehearsal) as connection:
        for number, *line in connection.execute(ORDERS.encode(), [CUSTOMER]).fetchall():
            found.setdefault(number, []).append((line[0], line[1]))
    return {number: sorted(lines) for number, lines in found.items()}


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
    """Order one thing after another until it is over."""
    for wanted in cycle(WANTED):
        if over.wait(EVERY_SECONDS):
            return
        order(url, token, account, wanted)


def order(url: str, token: str, account: Account, wanted: Wanted) -> None:
    """Order something once, and note what came of it."""
    body, headers = dict(zip(("product_id", "quantity"), wanted, strict=True)), {"Authorization": f"Bearer {token}"}
    try:
        answer = requests.post(f"{url}/api/orders", json=body, headers=headers, timeout=ANSWER_SECONDS)
    except requests.RequestException as error:
        if not is_refused(error):
            account.unheard.append(wanted)
        return
    if answer.status_code == CREATED:
        account.acknowledged.append((int(answer.json()["id"]), wanted))
    elif answer.status_code != CLOSED:
        account.denied.append(answer.status_code)


def is_refused(error: requests.RequestException) -> bool:
    """Whether there was nobody to hear a request: no connection was made for it."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError)
