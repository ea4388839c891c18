"""What both apps of the benchmark share: the payload, its types, and the work that a handler does."""

from __future__ import annotations

import json

from msgspec import Struct

MESSAGE = "Hello, World!"

# Routes that are never asked for: a real app has them too.
STATIC_ROUTES = [f"/section{i}/list" for i in range(40)]
PARAMETER_ROUTES = [f"/thing{i}/{{id}}/detail" for i in range(10)]


class Item(Struct):
    sku: str
    name: str
    quantity: int
    price: float
    discount: float | None = None
    gift_note: str | None = None


class Address(Struct):
    street: str
    city: str
    zip: str
    country: str


class Order(Struct):
    customer_id: int
    email: str
    currency: str
    address: Address
    items: list[Item]
    express: bool = False
    note: str | None = None


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


def summarize(order: Order) -> dict[str, object]:
    """The answer to an order: sums over its items."""
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
