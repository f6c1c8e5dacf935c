"""Use a shop as people do, through its pages: a few orders and a photo that no command made."""

import secrets
import struct
import zlib
from dataclasses import dataclass
from urllib.parse import urljoin

import requests
from bs4 import BeautifulSoup, Tag

CUSTOMER = "client001@punk-eco.test"
STAFF = "staff@punk-eco.test"
ORDERED = ((1, 2), (2, 1))
PHOTOGRAPHED = 1
PHOTO_PIXELS = 64
ANSWER_SECONDS = 15


class SampleFailed(Exception):
    """A page did not do what a person expects of it; the message says which."""


@dataclass(frozen=True)
class Sample:
    """What was made: the path of the order that stays, that of the cancelled one, the path of the photo."""

    order: str
    cancelled_order: str
    photo: str


def make_sample(url: str, password: str) -> Sample:
    """Order two products as a customer and cancel the second order; add a photo as staff.

    Raise SampleFailed when a page does not do its part.
    """
    customer = Person(url, CUSTOMER, password)
    kept, cancelled = (customer.order(product, quantity) for product, quantity in ORDERED)
    customer.cancel(cancelled)
    return Sample(kept, cancelled, Person(url, STAFF, password).add_photo(PHOTOGRAPHED))


class Person:
    """Somebody with a browser, logged in."""

    def __init__(self, url: str, email: str, password: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        answer = self.submit("/login", "/login", {"email": email, "password": password})
        if answer.url.endswith("/login"):
            raise SampleFailed(f"{email} cannot log in at {url}.")

    def order(self, product: int, quantity: int) -> str:
        """Order a product; return the path of the order's page."""
        answer = self.submit(f"/products/{product}", f"/products/{product}/order", {"quantity": str(quantity)})
        path = answer.url.removeprefix(self.url)
        if not path.startswith("/orders/"):
            raise SampleFailed(f"Ordering product {product} led to {path}.")
        return path

    def cancel(self, order: str) -> None:
        """Cancel an order."""
        self.submit(order, f"{order}/cancel", {})
        if self.session.get(self.url + order, timeout=ANSWER_SECONDS).status_code != requests.codes.not_found:
            raise SampleFailed(f"The cancelled order {order} is still there.")

    def add_photo(self, product: int) -> str:
        """Upload a photo of a product; return the path under which it is served."""
        page = f"/admin/products/{product}/photo"
        before = self.pictures(page)
        content = picture(PHOTO_PIXELS)
        self.submit(page, page, {}, files={"photo": ("photo.png", content, "image/png")})
        for path in sorted(self.pictures(page) - before):
            if self.session.get(self.url + path, timeout=ANSWER_SECONDS).content == content:
                return path
        raise SampleFailed(f"The photo added on {page} is not served.")

    def pictures(self, page: str) -> set[str]:
        """Return the paths of the uploaded pictures that a page shows."""
        sources = (str(image.get("src")) for image in self.read(page).find_all("img"))
        return {source for source in sources if source.startswith("/media/")}

    def read(self, page: str) -> BeautifulSoup:
        """Return a page. Raise SampleFailed when it is not shown."""
        answer = self.session.get(self.url + page, timeout=ANSWER_SECONDS)
        if not answer.ok:
            raise SampleFailed(f"{page} answered {answer.status_code}.")
        return BeautifulSoup(answer.text, "html.parser")

    def submit(
        self,
        page: str,
        action: str,
        fields: dict[str, str],
        files: dict[str, tuple[str, bytes, str]] | None = None,
    ) -> requests.Response:
        """Send the form of a page that goes to `action`, hidden fields included; return what it led to."""
        form = form_to(self.read(page), page, action)
        hidden = form.find_all("input", attrs={"type": "hidden"})
        sent = {str(field["name"]): str(field["value"]) for field in hidden} | fields
        answer = self.session.post(self.url + action, data=sent, files=files, timeout=ANSWER_SECONDS)
        if not answer.ok:
            raise SampleFailed(f"The form on {page} answered {answer.status_code}.")
        return answer


def form_to(page: BeautifulSoup, path: str, action: str) -> Tag:
    """Return the form of a page that goes to this path. Raise SampleFailed when there is none."""
    for form in page.find_all("form", attrs={"method": "post"}):
        if urljoin(path, str(form.get("action", ""))) == action:
            return form
    raise SampleFailed(f"{path} has no form for {action}.")


def picture(pixels: int) -> bytes:
    """Return a square PNG file like no other (PNG specification, chapter 11)."""
    header = struct.pack(">IIBBBBB", pixels, pixels, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + secrets.token_bytes(pixels * 3) for _ in range(pixels))
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, content) for kind, content in chunks)


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return a chunk of a PNG file: length, kind, content, checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
