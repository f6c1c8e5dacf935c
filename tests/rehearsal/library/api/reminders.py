"""Looks for what is due, again and again; a worker that only runs where its profile is asked for."""

import os
import time

import psycopg

while True:
    with psycopg.connect(os.environ["LIBRARY_STORE"]) as connection:
        connection.execute("select count(*) from books")
    time.sleep(5)
