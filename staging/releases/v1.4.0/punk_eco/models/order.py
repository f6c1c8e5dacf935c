"""What was ordered, by whom, at which price."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import DateTime, Double, ForeignKey, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from punk_eco.extensions import db
from punk_eco.models.catalogue import Product
from punk_eco.models.clock import now
from punk_eco.models.user import User

PENDING = "pending"
PAID = "paid"
SHIPPED = "shipped"
LABELS = {PENDING: "En attente", PAID: "Payée", SHIPPED: "Expédiée"}


class Order(db.Model):
    """An order; its total, in MAD, is what its lines add up to."""

    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    status: Mapped[str] = mapped_column(String(20), default=PENDING)
    total: Mapped[float] = mapped_column(Double)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now, index=True)

    user: Mapped[User] = relationship(back_populates="orders")
    lines: Mapped[list["OrderLine"]] = relationship(
        back_populates="order", cascade="all, delete-orphan", order_by="OrderLine.id"
    )

    @property
    def title(self) -> str:
        """How people call this order."""
        return f"Commande n°\N{NO-BREAK SPACE}{self.id}"

    @property
    def status_label(self) -> str:
        """The status in words."""
        return LABELS[self.status]

    def is_visible_to(self, user: User) -> bool:
        """Whether this account may look at the order: its own, or any as staff."""
        return user.is_staff or self.user_id == user.id


class OrderLine(db.Model):
    """So many pieces of a product at the price of the day."""

    __tablename__ = "order_lines"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    quantity: Mapped[int]
    unit_price: Mapped[Decimal] = mapped_column(Numeric(10, 2))

    order: Mapped[Order] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship()

    @property
    def amount(self) -> Decimal:
        """The price of the line in MAD."""
        return self.quantity * self.unit_price
