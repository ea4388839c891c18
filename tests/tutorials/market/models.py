"""The twelve models: what is sold, by whom it is made, who buys it, and what became of it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, UniqueConstraint

from demijohn.database import (
    BareModel,
    Mapped,
    Model,
    SoftDelete,
    Timestamps,
    Versioned,
    belongs_to,
    field,
    has_many,
    has_one,
    key,
    many_to_many,
)


class Category(Model):
    """A tree: cameras are under electronics."""

    name: Mapped[str] = field(max_length=80, unique=True)
    parent: Mapped[Category | None] = belongs_to(default=None)
    parent_id: Mapped[int | None] = key()
    children: Mapped[list[Category]] = has_many(by="parent")


class Brand(Model):
    name: Mapped[str] = field(max_length=80, unique=True)
    products: Mapped[list[Product]] = has_many(by="brand")


class Label(Model):
    """ "New", "vegan", "last of its kind"."""

    name: Mapped[str] = field(max_length=40, unique=True)
    products: Mapped[set[Product]] = many_to_many(by="labels")


class Product(SoftDelete, Timestamps, Model):
    name: Mapped[str] = field(max_length=120)
    slug: Mapped[str] = field(format="slug", max_length=120, unique=True)
    brand: Mapped[Brand] = belongs_to()
    brand_id: Mapped[int] = key()
    category: Mapped[Category] = belongs_to()
    category_id: Mapped[int] = key()
    labels: Mapped[set[Label]] = many_to_many()
    variants: Mapped[list[Variant]] = has_many(by="product", order_by="Variant.sku")
    reviews: Mapped[list[Review]] = has_many(by="product")


class Variant(Versioned, Model):
    """What lies on the shelf: a product in one size and colour."""

    product: Mapped[Product] = belongs_to(on_delete="cascade")
    product_id: Mapped[int] = key()
    sku: Mapped[str] = field(max_length=20, pattern="[A-Z]{2}-[0-9]{4}", unique=True)
    price: Mapped[Decimal] = field(max_digits=10, decimal_places=2, ge=0)
    stock: Mapped[int] = field(default=0, ge=0)


class Supplier(Model):
    name: Mapped[str] = field(max_length=80)
    email: Mapped[str] = field(format="email", max_length=254, private=True)
    offers: Mapped[list[Offer]] = has_many(by="supplier")


class Offer(BareModel):
    """A link with data of its own, and a key of two columns: what a supplier asks for a variant."""

    supplier: Mapped[Supplier] = belongs_to(on_delete="cascade")
    supplier_id: Mapped[int] = key(primary_key=True)
    variant: Mapped[Variant] = belongs_to(on_delete="cascade")
    variant_id: Mapped[int] = key(primary_key=True)
    cost: Mapped[Decimal] = field(max_digits=10, decimal_places=2, ge=0)


class Customer(Timestamps, Model):
    name: Mapped[str] = field(max_length=120)
    email: Mapped[str] = field(format="email", max_length=254, unique=True, private=True)
    orders: Mapped[list[Order]] = has_many(by="customer")


class Status(StrEnum):
    NEW = "new"
    PAID = "paid"
    SENT = "sent"


class Order(Versioned, Model):
    __tablename__ = "orders"  # ORDER is a word of SQL

    customer: Mapped[Customer] = belongs_to()
    customer_id: Mapped[int] = key()
    status: Mapped[Status] = field(default=Status.NEW)
    placed_at: Mapped[dt.datetime] = field(auto_now_add=True, index=True)
    lines: Mapped[list[Line]] = has_many(by="order")
    payment: Mapped[Payment | None] = has_one(by="order")


class Line(Model):
    """One thing on an order, at the price of that day."""

    __table_args__ = (UniqueConstraint("order_id", "variant_id"), CheckConstraint("quantity > 0", name="some"))

    order: Mapped[Order] = belongs_to(on_delete="cascade")
    order_id: Mapped[int] = key()
    variant: Mapped[Variant] = belongs_to()
    variant_id: Mapped[int] = key()
    quantity: Mapped[int] = field(ge=1)
    unit_price: Mapped[Decimal] = field(max_digits=10, decimal_places=2, ge=0)


class Payment(Model):
    order: Mapped[Order] = belongs_to(on_delete="cascade", unique=True)
    order_id: Mapped[int] = key()
    amount: Mapped[Decimal] = field(max_digits=10, decimal_places=2, gt=0)
    paid_at: Mapped[dt.datetime] = field(auto_now_add=True)


class Review(Timestamps, Model):
    __table_args__ = (UniqueConstraint("product_id", "customer_id"),)

    product: Mapped[Product] = belongs_to(on_delete="cascade")
    product_id: Mapped[int] = key()
    customer: Mapped[Customer] = belongs_to()
    customer_id: Mapped[int] = key()
    rating: Mapped[int] = field(ge=1, le=5)
    text: Mapped[str] = field(default="")
