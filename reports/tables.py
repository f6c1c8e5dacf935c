"""Tables for people: small HTML pages that the report shows as they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from fixtures.fingerprint import Fingerprint, TableContent

STYLE = """
body { font: 14px/1.45 system-ui, sans-serif; color: #2b2f36; background: #fff; margin: 12px }
table { border-collapse: collapse } th, td { padding: 4px 14px 4px 0; text-align: left; vertical-align: top }
th { border-bottom: 2px solid #dfe3e8; font-weight: 600 } td { border-bottom: 1px solid #eef0f3 }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums } code { font-size: 13px }
tr.bad td { background: #fdeaea } tr.more td { background: #eef7f1 }
"""


def page(body: str) -> str:
    """A whole page around a body."""
    head = f'<head><meta charset="utf-8"><style>{STYLE}</style></head>'
    return f"<!doctype html><html>{head}<body>{body}</body></html>"


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], marks: Iterable[str] = ()) -> str:
    """A table; numbers stand on the right, a mark is the class of its row."""
    kept, classes = [list(row) for row in rows], list(marks)
    classes += [""] * (len(kept) - len(classes))
    styles = [style(kept, column, len(heads)) for column in range(len(heads))]
    head = "".join(f"<th{form}>{escape(text)}</th>" for text, form in zip(heads, styles, strict=True))
    head = f"<thead><tr>{head}</tr></thead>" if any(heads) else ""
    body = "".join(line(row, styles, mark) for row, mark in zip(kept, classes, strict=True))
    return f'<table style="font-size:13px">{head}<tbody>{body}</tbody></table>'


def line(row: Sequence[object], styles: Sequence[str], mark: str) -> str:
    """One row of a table."""
    cells = "".join(f"<td{form}>{cell(value)}</td>" for value, form in zip(row, styles, strict=True))
    return f'<tr class="{mark}">{cells}</tr>'


def style(rows: Sequence[Sequence[object]], column: int, columns: int) -> str:
    """How the cells of a column look: numbers stand on the right, only the last column goes over several lines."""
    if rows and isinstance(rows[0][column], int | float):
        return ' class="number"'
    return ' style="white-space:normal"' if column == columns - 1 else ' style="white-space:nowrap"'


def cell(value: object) -> str:
    """A value as it stands in a cell: thousands apart, text escaped."""
    return f"{value:,}" if isinstance(value, int) else escape(str(value))


def contents(data: Fingerprint) -> str:
    """A table with every table of a database: its rows, and the end of its content hash."""
    rows = [(name, content.rows, content.digest[-8:]) for name, content in sorted(data.tables.items())]
    return table(["table", "rows", "content hash ends with"], rows)


def comparison(before: Fingerprint, after: Fingerprint, heads: tuple[str, str]) -> str:
    """A table with two fingerprints side by side: fewer rows are marked red, more rows green."""
    names = sorted(before.tables.keys() | after.tables.keys())
    pairs = [(name, before.tables.get(name), after.tables.get(name)) for name in names]
    rows = [(name, number(old), number(new), difference(old, new)) for name, old, new in pairs]
    marks = ["" if old is None or new is None or old.rows == new.rows else sign(old, new) for _, old, new in pairs]
    marks = ["bad" if new is None else mark for mark, (_, _, new) in zip(marks, pairs, strict=True)]
    return table(["table", f"rows {heads[0]}", f"rows {heads[1]}", ""], rows, marks)


def sign(old: TableContent, new: TableContent) -> str:
    """The mark of a table whose number of rows changed; rows of a volatile one may come and go."""
    if old.is_volatile or new.is_volatile:
        return ""
    return "bad" if new.rows < old.rows else "more"


def number(content: TableContent | None) -> str:
    """How many rows, or that there is no such table."""
    return f"{content.rows:,}" if content else "–"


def difference(old: TableContent | None, new: TableContent | None) -> str:
    """What became of one table."""
    if old is None:
        return "new table"
    if new is None:
        return "gone"
    if old.is_volatile or new.is_volatile:
        return "volatile, not compared"
    if old.rows != new.rows:
        return f"{new.rows - old.rows:+,} rows"
    return "same rows" if old.digest == new.digest else "same number, other content"
