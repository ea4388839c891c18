"""What the shop begins with."""

from __future__ import annotations

from decimal import Decimal

from demijohn.database import DB

from .models import Brand, Category, Customer, Label, Offer, Product, Review, Supplier, Variant


def fill(db: DB) -> None:
    """Three departments' worth of things, and two customers."""
    electronics, books = Category(name="Electronics"), Category(name="Books")
    cameras = Category(name="Cameras", parent=electronics)
    lenses = Category(name="Lenses", parent=cameras)
    acme, plain = Brand(name="Acme"), Brand(name="Plain")
    new, rare = Label(name="new"), Label(name="rare")
    box, lens, radio, novel = (
        Product(name="Box camera", slug="box-camera", brand=acme, category=cameras),
        Product(name="Lens", slug="lens", brand=acme, category=lenses),
        Product(name="Radio", slug="radio", brand=plain, category=electronics),
        Product(name="Novel", slug="novel", brand=plain, category=books),
    )
    box.labels, lens.labels = {new, rare}, {rare}
    black = Variant(product=box, sku="BC-0001", price=Decimal("99.90"), stock=5)
    db.add_all(
        [
            black,
            Variant(product=box, sku="BC-0002", price=Decimal("109.90"), stock=1),
            Variant(product=lens, sku="LE-0001", price=Decimal("250.00"), stock=10),
            Variant(product=radio, sku="RA-0001", price=Decimal("20.00"), stock=100),
            Variant(product=novel, sku="NO-0001", price=Decimal("7.50"), stock=100),
            Offer(supplier=Supplier(name="Maker", email="maker@example.org"), variant=black, cost=Decimal("60.00")),
        ]
    )
    ann, bob = Customer(name="Ann", email="ann@example.org"), Customer(name="Bob", email="bob@example.org")
    db.add_all([ann, bob, Review(product=box, customer=ann, rating=5, text="Sturdy.")])
