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
    from punk_eco.models.order import Order

ADMIN = "admin"
STAFF = "staff"
CUSTOMER = "customer"


class User(UserMixin, db.Model):
    """An account; one that is not active may not log in."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    full_name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20), default=CUSTOMER)
    active: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    phone: Mapped[str | None] = mapped_column(String(30))
    address_line: Mapped[str | None] = mapped_column(String(200))
    postal_code: Mapped[str | None] = mapped_column(String(10))
    city: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)

    orders: WriteOnlyMapped["Order"] = relationship(back_populates="user")

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
