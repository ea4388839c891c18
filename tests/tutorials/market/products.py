"""Looking at what is sold, and changing it."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from sqlalchemy import select

from demijohn import Blueprint, NotFound, Schema
from demijohn.database import DB, Patch

from .models import Brand, Label, Product, Variant

products = Blueprint("products")


class VariantOut(Schema, model=Variant):
    sku: str
    price: Decimal
    stock: int


class BrandOut(Schema, model=Brand):
    name: str


class ProductOut(Schema, model=Product):
    id: int
    name: str
    slug: str
    brand: BrandOut
    variants: list[VariantOut]


class Found(Schema):
    """A line of the list."""

    name: str
    brand: str
    labels: list[str]


@products.get("/")
def index(db: DB, label: str | None = None) -> list[Found]:
    """Brands and labels of all products: two queries more, however many products there are."""
    statement = select(Product).order_by(Product.name)
    if label is not None:
        statement = statement.where(Product.labels.any(Label.name == label))
    return [
        Found(name=product.name, brand=product.brand.name, labels=sorted(label.name for label in product.labels))
        for product in db.all(statement)
    ]


@products.get("/{slug}")
def show(slug: str, db: DB) -> Annotated[Product, ProductOut]:
    product = db.scalar(select(Product).where(Product.slug == slug))
    if product is None:
        raise NotFound("There is no such product.")
    return product


@products.patch("/variants/{variant}")
def change(variant: Variant, changes: Patch[Variant]) -> Annotated[Variant, VariantOut]:
    return changes.apply(variant)


@products.delete("/{product}", status=204)
def withdraw(product: Product, db: DB) -> None:
    """Nobody finds it any more, but orders and reports keep it."""
    db.delete(product)
