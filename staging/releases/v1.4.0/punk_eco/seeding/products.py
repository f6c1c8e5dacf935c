"""The catalogue: every thing in every material that it is made of."""

import random
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import insert

from punk_eco.extensions import db
from punk_eco.models import Category, Product
from punk_eco.seeding.calendar import OPENING

SHELVES = (
    ("Sacs", "sacs", "Cabas,Sac à dos,Pochette,Besace,Trousse", 120, 480),
    ("Maison", "maison", "Tabouret,Lampe,Panier,Coussin,Vide-poche", 90, 890),
    ("Mode", "mode", "Ceinture,Veste,Babouches,Casquette,Écharpe", 80, 650),
    ("Bureau", "bureau", "Carnet,Pot à crayons,Porte-documents,Sous-main,Range-câbles", 40, 240),
    ("Jardin", "jardin", "Suspension,Jardinière,Mangeoire,Arrosoir,Tablier", 70, 360),
)
MATERIALS = (
    ("bâche publicitaire", "bache-publicitaire", "des bâches d'affichage récupérées à Casablanca"),
    ("pneu recyclé", "pneu-recycle", "des pneus de camion découpés à Salé"),
    ("jean récupéré", "jean-recupere", "des jeans triés à la main à Tanger"),
    ("chambre à air", "chambre-a-air", "des chambres à air de vélos de Marrakech"),
)
PLAIN = str.maketrans("àâéÉ ", "aaee-")


@dataclass(frozen=True)
class Stock:
    """What later rows must know of a product."""

    id: int
    slug: str
    price: Decimal


def add(chance: random.Random) -> list[Stock]:
    """Write shelves and products; return the products."""
    shelves = [{"name": name, "slug": slug} for name, slug, *_ in SHELVES]
    shelf_ids = db.session.scalars(insert(Category).returning(Category.id, sort_by_parameter_order=True), shelves).all()
    rows = [
        product(chance, shelf_id, thing, MATERIALS[(turn + number) % len(MATERIALS)], low, high)
        for turn in range(len(MATERIALS))
        for shelf_id, (_, _, things, low, high) in zip(shelf_ids, SHELVES, strict=True)
        for number, thing in enumerate(things.split(","))
    ]
    ids = db.session.scalars(insert(Product).returning(Product.id, sort_by_parameter_order=True), rows)
    return [Stock(id, row["slug"], row["price"]) for id, row in zip(ids, rows, strict=True)]


def product(
    chance: random.Random, shelf_id: int, thing: str, material: tuple[str, str, str], low: int, high: int
) -> dict:
    """Return the row of a thing made of a material."""
    name, slug, origin = material
    return {
        "category_id": shelf_id,
        "name": f"{thing} en {name}",
        "slug": f"{thing.translate(PLAIN).lower()}-{slug}",
        "description": f"Pièce unique, cousue et assemblée à la main par la coopérative avec {origin}. "
        "Chaque exemplaire garde les couleurs et les marques de sa première vie.",
        "price": Decimal(chance.randrange(low * 2, high * 2)) / 2 + Decimal(chance.choice(("0", "0.40", "0.90"))),
        "created_at": OPENING,
    }
