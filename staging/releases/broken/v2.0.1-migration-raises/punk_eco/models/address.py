"""Where parcels go."""

from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from punk_eco.extensions import db

if TYPE_CHECKING:
    from punk_eco.models.user import User


class Address(db.Model):
    """One of a person's addresses; at most one of them is the default."""

    __tablename__ = "addresses"
    __table_args__ = (Index("uq_addresses_default", "user_id", unique=True, postgresql_where=text("is_default")),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    line: Mapped[str | None] = mapped_column(String(200))
    postal_code: Mapped[str | None] = mapped_column(String(10))
    city: Mapped[str] = mapped_column(String(80))
    is_default: Mapped[bool] = mapped_column(default=True)

    user: Mapped["User"] = relationship(back_populates="addresses")
