"""The order for those who validate with msgspec: the bare callables, Demijohn and Litestar."""

from __future__ import annotations

from msgspec import Struct


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
