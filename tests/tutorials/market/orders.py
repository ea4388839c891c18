"""Buying."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import select

from demijohn import Blueprint, HTTPError, Schema
from demijohn.database import DB

from .models import Customer, Line, Order, Payment, Status, Variant

orders = Blueprint("orders")


class Wanted(Schema):
    sku: str
    quantity: int


class NewOrder(Schema):
    customer_id: int
    lines: list[Wanted]


class Placed(Schema):
    id: int
    total: Decimal


@orders.post("/", status=201)
def place(new: NewOrder, db: DB) -> Placed:
    """All of it or nothing: what is raised takes everything back, the stock of the lines before it too."""
    order = db.save(Order(customer=db.get_or_404(Customer, new.customer_id)))
    wanted = {line.sku: line.quantity for line in new.lines}
    # In one order, so that of two visitors who want the same things neither waits for the other for ever.
    found = db.all(select(Variant).where(Variant.sku.in_(wanted)).order_by(Variant.id).with_for_update())
    missing = sorted(set(wanted) - {variant.sku for variant in found})
    if missing:
        raise HTTPError(422, f"There is no {missing[0]}.")
    total = Decimal(0)
    for variant in found:
        quantity = wanted[variant.sku]
        if variant.stock < quantity:
            raise HTTPError(409, f"Of {variant.sku} there are only {variant.stock}.")
        variant.stock -= quantity
        total += quantity * variant.price
        db.add(Line(order=order, variant=variant, quantity=quantity, unit_price=variant.price))
    return Placed(id=order.id, total=total)


@orders.post("/{order}/payment", status=201)
def pay(order: Order, db: DB) -> Placed:
    amount = sum((line.quantity * line.unit_price for line in order.lines), Decimal(0))
    db.save(Payment(order=order, amount=amount))
    order.status = Status.PAID
    return Placed(id=order.id, total=amount)
