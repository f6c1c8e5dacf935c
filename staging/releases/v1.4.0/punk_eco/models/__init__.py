"""What the shop remembers."""

from punk_eco.models.catalogue import Category, Photo, Product
from punk_eco.models.order import Order, OrderLine
from punk_eco.models.user import User

__all__ = ["Category", "Order", "OrderLine", "Photo", "Product", "User"]
