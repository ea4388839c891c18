"""The order for those whose users validate with Pydantic."""

from __future__ import annotations

from pydantic import BaseModel


class Item(BaseModel):
    sku: str
    name: str
    quantity: int
    price: float
    discount: float | None = None
    gift_note: str | None = None


class Address(BaseModel):
    street: str
    city: str
    zip: str
    country: str


class Order(BaseModel):
    customer_id: int
    email: str
    currency: str
    address: Address
    items: list[Item]
    express: bool = False
    note: str | None = None
