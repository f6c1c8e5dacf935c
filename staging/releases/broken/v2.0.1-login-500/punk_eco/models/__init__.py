"""What the shop remembers."""

from punk_eco.models.address import Address
from punk_eco.models.catalogue import Category, Photo, Product
from punk_eco.models.order import Order, OrderLine
from punk_eco.models.user import User
from punk_eco.models.visit import Visit

__all__ = ["Address", "Category", "Order", "OrderLine", "Photo", "Product", "User", "Visit"]
