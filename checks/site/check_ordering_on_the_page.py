"""Ordering through the pages: what no steps of a scenario can do, as the order's number stands in the page's address.

An example of a check of one's own: it looks at the rehearsal only, and takes back what it did before it judges.
"""

from urllib.parse import urlsplit

import pytest

from fixtures.finding import finding
from fixtures.instance import Instance

CUSTOMER = "client001@punk-eco.test"
PRODUCT = "/products/2"


@pytest.mark.apart
@pytest.mark.targets("rehearsal")
def check_an_order_is_placed_listed_and_cancelled_on_the_page(instance: Instance) -> None:
    """A customer fills in the form of a product, finds the order in the list, and cancels it."""
    customer = instance.web.person(instance.account(CUSTOMER))
    placed = customer.submit(PRODUCT, f"{PRODUCT}/order", {"quantity": "3"})
    order = urlsplit(placed.url).path
    is_listed = f'href="{order}"' in customer.get("/orders").text
    if order.startswith("/orders/"):
        customer.submit(order, f"{order}/cancel", {})
    assert (is_listed, customer.status(order)) == (True, 404), finding(
        "Customers cannot order, or not cancel, through the pages.",
        measured=f"the form led to {order}, status {placed.status_code}; listed: {is_listed}",
        expected="a page of the order, which is listed, and gone (404) once it is cancelled",
        look="the log of the web service at the time of this run",
    )
