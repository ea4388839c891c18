"""What all apps of the benchmark share: the payload, the routes that nobody asks for, and the work of a handler."""

from __future__ import annotations

import json
from typing import Any

MESSAGE = "Hello, World!"

# A real app has more routes than one. The last of those with a parameter is the workload `routes`.
STATIC_ROUTES = [f"/section{i}/list" for i in range(40)]
PARAMETER_ROUTES = [(f"/thing{i}/", "/detail") for i in range(10)]

ITEMS = [{"name": f"Cork & wire <{i}>", "sku": f"CW-{i:04}", "stock": i * 7} for i in range(20)]

ORDER = {
    "customer_id": 4211,
    "email": "ada.lovelace@example.com",
    "currency": "EUR",
    "express": False,
    "note": None,
    "address": {"street": "12 Analytical Row", "city": "London", "zip": "N1 9GU", "country": "GB"},
    "items": [
        {"sku": "BX-1001", "name": "Blue box", "quantity": 2, "price": 12.5},
        {"sku": "BX-1002", "name": "Red box", "quantity": 1, "price": 9.99, "discount": 0.1},
        {"sku": "JG-2040", "name": "Glass jug", "quantity": 4, "price": 31.0},
        {"sku": "CR-0007", "name": "Cork, large", "quantity": 12, "price": 0.45, "gift_note": "with love"},
        {"sku": "LB-3300", "name": "Paper label", "quantity": 40, "price": 0.08, "discount": 0.25},
    ],
}
BODY = json.dumps(ORDER, separators=(",", ":")).encode()
SUMMARY = {"customer_id": 4211, "city": "London", "currency": "EUR", "lines": 5, "quantity": 59, "total": 165.79}


def summarize(order: Any) -> dict[str, object]:
    """The answer to an order: sums over its items. The order is a msgspec `Struct` or a Pydantic model."""
    quantity, total = 0, 0.0
    for item in order.items:
        quantity += item.quantity
        total += item.quantity * item.price * (1 - (item.discount or 0))
    return {
        "customer_id": order.customer_id,
        "city": order.address.city,
        "currency": order.currency,
        "lines": len(order.items),
        "quantity": quantity,
        "total": round(total, 2),
    }
