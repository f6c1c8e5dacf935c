"""A library: readers enter with card and PIN by a form, or with each request; they see the shelf."""

import os
import secrets

import psycopg
from flask import Flask, abort, jsonify, redirect, request, session

application = Flask(__name__)
application.secret_key = os.environ["LIBRARY_KEY"]
FORM = """<form method="post" action="/enter"><input type="hidden" name="token" value="{}">
<input name="card"><input type="password" name="pin"><button>Enter</button></form>"""
LEAVE = '<form method="post" action="/leave"><input type="hidden" name="token" value="{}"><button>Leave</button></form>'


def rows(query: str, *values: str) -> list[tuple]:
    with psycopg.connect(os.environ["LIBRARY_STORE"]) as connection:
        return connection.execute(query, values).fetchall()


def is_reader(card: str, pin: str) -> bool:
    return bool(rows("select id from readers where card = %s and pin = %s", card, pin))


def token() -> str:
    return session.setdefault("token", secrets.token_hex(16))


@application.get("/alive")
def alive() -> str:
    rows("select 1")
    return "alive"


@application.get("/")
def welcome() -> str:
    return "<h1>Library</h1>"


@application.route("/enter", methods=["GET", "POST"])
def enter():
    if request.method == "GET":
        return FORM.format(token())
    if request.form.get("token") != session.get("token"):
        abort(400)
    if not is_reader(request.form["card"], request.form["pin"]):
        abort(403)
    session["card"] = request.form["card"]
    return redirect("/shelf")


@application.get("/shelf")
def shelf():
    if "card" not in session:
        return redirect("/enter")
    return "".join(f"<li>{title}</li>" for (title,) in rows("select title from books order by id")) + LEAVE.format(
        token()
    )


@application.post("/leave")
def leave():
    session.clear()
    return redirect("/enter")


@application.get("/api/books")
def books():
    given = request.authorization
    if not given or not is_reader(given.username or "", given.password or ""):
        abort(401)
    found = rows("select id, title from books order by id")
    return jsonify({"total": len(found), "books": [{"id": number, "title": title} for number, title in found]})
