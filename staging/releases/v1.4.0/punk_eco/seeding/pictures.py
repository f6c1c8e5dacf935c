"""Photos of the products: zellige patterns with a grain, no two alike, as real PNG files."""

import random
import struct
import zlib

from punk_eco import media
from punk_eco.extensions import db
from punk_eco.models import Product
from punk_eco.seeding.products import Stock

COLOURS = (
    ((250, 244, 230), (18, 94, 96), (214, 137, 16), (146, 43, 33)),
    ((244, 240, 232), (31, 78, 121), (93, 173, 226), (212, 172, 13)),
    ((252, 243, 227), (120, 66, 18), (39, 119, 76), (230, 176, 80)),
    ((246, 241, 236), (91, 44, 111), (200, 80, 100), (242, 193, 78)),
    ((241, 245, 235), (44, 62, 80), (22, 160, 133), (231, 111, 81)),
)
SHADES = (0, -9, 8, -18)
TILES = (40, 48, 56, 60)
REPEATS = (3, 4, 5, 6)
ALL_COLOURS = len(COLOURS[0])


def add(chance: random.Random, stock: list[Stock], count: int) -> None:
    """Store the photos, given to the products in turn."""
    products = {product.id: product for product in db.session.scalars(db.select(Product))}
    for number in range(count):
        product = products[stock[number % len(stock)].id]
        media.store(product, picture(chance))


def picture(chance: random.Random) -> bytes:
    """Return a PNG file: a square wall of equal tiles."""
    tile_size, repeats = chance.choice(TILES), chance.choice(REPEATS)
    width = tile_size * repeats
    rows = [row * repeats for row in tile(chance, tile_size)] * repeats
    return png(width, b"".join(b"\0" + with_grain(chance, row) for row in rows), palette(chance))


def tile(chance: random.Random, size: int) -> list[bytes]:
    """Return the rows of a symmetric tile, one colour number per pixel: stars of squares and diamonds."""
    step, turn, shift = chance.randint(4, 9), chance.randint(0, 3), chance.randint(0, 5)
    half = size // 2
    rows = []
    for y in range(half):
        quarter = bytes(colour_at(x, y, step, turn, shift) for x in range(half))
        rows.append(quarter[::-1] + quarter)
    return rows[::-1] + rows


def colour_at(x: int, y: int, step: int, turn: int, shift: int) -> int:
    """Return the colour of a point at this distance from the middle of its tile."""
    square = (max(x, y) + shift) // step
    diamond = (x + y + shift) * 5 // (step * 7)
    return (min(square, diamond) + turn * (square > diamond)) % ALL_COLOURS


def with_grain(chance: random.Random, row: bytes) -> bytes:
    """Return the row with a random shade for each pixel, in the two low bits."""
    shades = int.from_bytes(chance.randbytes(len(row))) & int.from_bytes(b"\x03" * len(row))
    return (int.from_bytes(row) << 2 | shades).to_bytes(len(row))


def palette(chance: random.Random) -> bytes:
    """Return every colour in every shade."""
    colours = list(chance.choice(COLOURS))
    chance.shuffle(colours)
    return bytes(max(0, min(255, part + shade)) for colour in colours for shade in SHADES for part in colour)


def png(width: int, pixels: bytes, colours: bytes) -> bytes:
    """Return a square PNG file with a palette (PNG specification, chapter 11)."""
    header = struct.pack(">IIBBBBB", width, width, 8, 3, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            chunk(b"IHDR", header),
            chunk(b"PLTE", colours),
            chunk(b"IDAT", zlib.compress(pixels)),
            chunk(b"IEND", b""),
        )
    )


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return a chunk of a PNG file: length, kind, content, checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
