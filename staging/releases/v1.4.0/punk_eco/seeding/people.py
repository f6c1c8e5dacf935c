"""Accounts that can log in, and many people who cannot."""

import random
from typing import Any

from sqlalchemy import insert
from werkzeug.security import generate_password_hash

from punk_eco.extensions import db
from punk_eco.models import User
from punk_eco.models.user import ADMIN, CUSTOMER, STAFF
from punk_eco.seeding.calendar import some_moment

SPECIAL = (
    ("admin@punk-eco.test", "Khadija Bennani", ADMIN, True),
    ("staff@punk-eco.test", "Youssef El Amrani", STAFF, True),
    ("disabled@punk-eco.test", "Rachid Tazi", CUSTOMER, False),
)
FIRST_NAMES = (
    "Amina Ayoub Bouchra Driss Fatima-Zahra Ghita Hamza Hind Ilyas Imane Jamal Kenza Laïla Mehdi Meryem"
    " Mohammed Naïma Nour Omar Othmane Rania Reda Salma Samir Siham Soufiane Yasmine Younes Zineb أمينة يوسف"
).split()
LAST_NAMES = (
    "Alaoui,Amrani,Benali,Benjelloun,Bennis,Berrada,Bouzid,Chraïbi,El Fassi,El Idrissi,El Mansouri,Filali,"
    "Guessous,Haddad,Idrissi Kaitouni,Jaïdi,Kabbaj,Lahlou,Lamrani,Mernissi,Naciri,Ouazzani,Rami,Sabri,"
    "Sebti,Skalli,Tahiri,Tazi,Zniber,d'Agadir"
).split(",")
STREETS = (
    "rue des Consuls,avenue Hassan II,derb Sidi Bouloukat,rue Souika,boulevard Zerktouni,avenue Mohammed V,"
    "rue de la Kasbah,place Seffarine"
).split(",")
CITIES = (
    ("Rabat", "10000"),
    ("Casablanca", "20000"),
    ("Fès", "30000"),
    ("Marrakech", "40000"),
    ("Agadir", "80000"),
    ("Tanger", "90000"),
    ("Tétouan", "93000"),
    ("Oujda", "60000"),
)
NO_PASSWORD = "!"
ONE_NAME_IN = 23
NO_ADDRESS_IN = 7
NO_CITY_IN = 11


def add(chance: random.Random, users: int, accounts: int, password: str) -> list[int]:
    """Write the people; return the ids of those who may order."""
    rows = [special(chance, *person, password) for person in SPECIAL]
    rows += [account(chance, number, password) for number in range(1, accounts - len(SPECIAL) + 1)]
    rows += [person(chance, number) for number in range(accounts, users)]
    ids = db.session.scalars(insert(User).returning(User.id, sort_by_parameter_order=True), rows)
    return [user_id for user_id, row in zip(ids, rows, strict=True) if row["role"] == CUSTOMER]


def special(
    chance: random.Random, email: str, full_name: str, role: str, active: bool, password: str
) -> dict[str, Any]:
    """Return one of the accounts with a part of their own."""
    hashed = generate_password_hash(password)
    return row(chance, 1, email, full_name) | {"role": role, "active": active, "password_hash": hashed}


def account(chance: random.Random, number: int, password: str) -> dict[str, Any]:
    """Return a customer who can log in: client001@punk-eco.test and so on."""
    hashed = generate_password_hash(password)
    email = f"client{number:03}@punk-eco.test"
    return row(chance, number, email, some_name(chance, number)) | {"password_hash": hashed}


def person(chance: random.Random, number: int) -> dict[str, Any]:
    """Return a customer who never chose a password."""
    return row(chance, number, f"personne{number:06}@exemple.test", some_name(chance, number))


def row(chance: random.Random, number: int, email: str, full_name: str) -> dict[str, Any]:
    """Return what is common to all: an active customer without a password."""
    return {
        "email": email,
        "full_name": full_name,
        "role": CUSTOMER,
        "active": True,
        "password_hash": NO_PASSWORD,
        "phone": f"+212 6{chance.randrange(10**8):08}" if chance.random() < 0.8 else None,
        "created_at": some_moment(chance),
        **some_address(chance, number),
    }


def some_name(chance: random.Random, number: int) -> str:
    """Return a name; now and then one without a family name, as some people give."""
    first_name, last_name = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    return first_name if number % ONE_NAME_IN == 0 else f"{first_name} {last_name}"


def some_address(chance: random.Random, number: int) -> dict[str, str | None]:
    """Return an address, now and then without a city, now and then none at all."""
    street = f"{chance.randrange(1, 180)}, {chance.choice(STREETS)}"
    city, postal_code = chance.choice(CITIES)
    if number % NO_ADDRESS_IN == 0:
        return {"address_line": None, "postal_code": None, "city": None}
    if number % NO_CITY_IN == 0:
        return {"address_line": street, "postal_code": None, "city": None}
    return {"address_line": street, "postal_code": postal_code, "city": city}
