"""How values are written where a media type was chosen for them: JSON, MessagePack, CSV, and what an app adds."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeAlias

import msgspec

from ..foundation.http.response import Response
from .negotiation import MSGPACK

Render: TypeAlias = Callable[[Any], str | bytes]
Plain: TypeAlias = Callable[[Any], Any]

# Cells that a spreadsheet would calculate; numbers and telephone numbers may begin with a sign.
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![0-9 ().,/+-]*$)").match


class Renderers:
    """The ways of one kernel to write values, by media type; `plain` makes plain values of an app's own types.

    `prepare` is asked before each of the formats that are known here.
    """

    def __init__(
        self,
        plain: Plain,
        encode_json: Callable[[Any], bytes],
        own: Mapping[str, Render],
        prepare: Plain | None = None,
    ) -> None:
        self._json = encode_json
        self._prepare = prepare
        self._by_essence: dict[str, Render] = {
            MSGPACK: msgspec.msgpack.Encoder(enc_hook=plain).encode,
            "text/csv": lambda value: write_csv(value, plain),
            **own,
        }

    def write(self, value: Any, media_type: str) -> bytes:
        """A value in a media type; TypeError if nobody knows how."""
        essence = media_type.partition(";")[0].strip().lower()
        render = self._by_essence.get(essence)
        if render is None and (essence == "application/json" or essence.endswith("+json")):
            render = self._json
        if render is None:
            raise TypeError(
                f"Nothing here writes {type(value).__name__} as {essence}: return str or bytes for it, or say how:"
                f' @app.renderer("{essence}") def write(value): ...'
            )
        written = render(value if self._prepare is None else self._prepare(value))
        return written.encode() if isinstance(written, str) else bytes(written)


def as_written(value: Any) -> bytes | None:
    """The bytes of a value that is its own representation already (text, bytes, HTML); None for all else."""
    if isinstance(value, str):
        return str(value).encode()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    return value.__html__().encode() if hasattr(value, "__html__") and not isinstance(value, Response) else None


def write_csv(rows: Any, plain: Plain = str) -> str:
    r"""Rows as CSV (RFC 4180): records get a first line with their fields' names, lists are taken as they are.

    Text that a spreadsheet would run as a formula gets an apostrophe in front of it.

    >>> write_csv([{"name": "Ann", "sum": -5}, {"name": "=1+1", "sum": 2}])
    "name,sum\r\nAnn,-5\r\n'=1+1,2\r\n"
    """
    if isinstance(rows, Mapping) or not isinstance(rows, Iterable):
        rows = [rows]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    names: list[str] | None = None
    for number, row in enumerate(rows):
        record = _record(row)
        if record is None:
            writer.writerow([_cell(value, plain) for value in row])
            continue
        if number == 0:
            names = list(record)
            writer.writerow(map(_unfired, names))
        writer.writerow([_cell(record.get(name), plain) for name in names or record])
    return out.getvalue()


def _record(row: Any) -> Mapping[str, Any] | None:
    if isinstance(row, Mapping):
        return row
    if isinstance(row, msgspec.Struct):
        return {name: getattr(row, name) for name in row.__struct_fields__}
    if is_dataclass(row) and not isinstance(row, type):
        return {field.name: getattr(row, field.name) for field in fields(row)}
    mapping = getattr(row, "_mapping", None)  # a row of a database's result
    if mapping is not None:
        return dict(mapping)
    if isinstance(row, list | tuple):
        return None
    raise TypeError(f"{type(row).__name__} is no row of a CSV: return dicts, schemas, dataclasses or lists.")


def _cell(value: Any, plain: Plain) -> Any:
    if value is None:
        return ""
    if isinstance(value, str):
        return _unfired(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    # Dates, decimals, enums and an app's own types as JSON would have them.
    text = msgspec.to_builtins(value, enc_hook=plain)
    return _unfired(text if isinstance(text, str) else msgspec.json.encode(text).decode())


def _unfired(text: str) -> str:
    return f"'{text}" if _FORMULA(text) else text
