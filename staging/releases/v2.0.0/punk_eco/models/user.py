"""The people: customers, staff and administrators."""

from datetime import datetime
from typing import TYPE_CHECKING

from flask_login import UserMixin
from sqlalchemy import DateTime, String
from sqlalchemy.orm import Mapped, WriteOnlyMapped, mapped_column, relationship
from werkzeug.security import check_password_hash

from punk_eco.extensions import db, login_manager
from punk_eco.models.clock import now

if TYPE_CHECKING:
    from punk_eco.models.address import Address
    from punk_eco.models.order import Order

ADMIN = "admin"
STAFF = "staff"
CUSTOMER = "customer"


class User(UserMixin, db.Model):
    """An account; one that is not active may not log in."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    first_name: Mapped[str] = mapped_column(String(200))
    last_name: Mapped[str | None] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20), default=CUSTOMER)
    active: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    phone: Mapped[str | None] = mapped_column(String(30))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)

    addresses: Mapped[list["Address"]] = relationship(back_populates="user", order_by="Address.id")
    orders: WriteOnlyMapped["Order"] = relationship(back_populates="user")

    @property
    def full_name(self) -> str:
        """First and last name; some people give only one."""
        return self.first_name if self.last_name is None else f"{self.first_name} {self.last_name}"

    @property
    def is_active(self) -> bool:
        """Whether Flask-Login lets this account in."""
        return self.active

    @property
    def is_staff(self) -> bool:
        """Whether this account sees the administration and everyone's orders."""
        return self.role in (ADMIN, STAFF)

    def has_password(self, password: str) -> bool:
        """Whether this is the account's password."""
        return check_password_hash(self.password_hash, password)


def find_by_email(email: str) -> User | None:
    """Return the account with this address, whatever its capitals."""
    return db.session.scalar(db.select(User).filter_by(email=email.strip().lower()))


@login_manager.user_loader
def load_user(user_id: str) -> User | None:
    """Return the account of a session, as long as it is active."""
    user = db.session.get(User, int(user_id))
    return user if user and user.active else None
