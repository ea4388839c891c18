"""What all apps of the benchmark of pages share: the rows of a page, and what is sent for a form."""

from __future__ import annotations

from urllib.parse import urlencode

MESSAGE = "Hello, World!"
ROWS = [
    {"id": index, "name": f"Cork & wire <{index}>", "sku": f"CW-{index:04}", "stock": index * 7}
    for index in range(1000)
]
KINDS = ("first", "second", "third")
TEXTS = {
    **{f"name_{number}": f"A name of some length {number}" for number in range(6)},
    **{f"count_{number}": str(number * 7) for number in range(4)},
    **{f"email_{number}": f"somebody{number}@example.org" for number in range(2)},
    **{f"day_{number}": "2026-05-31" for number in range(2)},
    **{f"price_{number}": "19.90" for number in range(2)},
    **{f"kind_{number}": "second" for number in range(2)},
    **{f"flag_{number}": "true" for number in range(2)},
}
WRONG = {"name_0": "", "count_1": "1000", "email_1": "nobody", "day_0": "2026-02-30"}
RIGHT_BODY = urlencode(TEXTS).encode()
WRONG_BODY = urlencode({**TEXTS, **WRONG}).encode()
