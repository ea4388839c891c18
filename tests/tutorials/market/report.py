"""What sells best: one query with a tree walked by a recursive CTE, sums, and windows over them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Double, Integer, Select, cast, func, select
from sqlalchemy.orm import aliased

from demijohn import Blueprint, Schema
from demijohn.database import DB, query

from .models import Category, Line, Order, Product, Status, Variant

report = Blueprint("report")


class Bestseller(Schema):
    """One product: its place and its share within its department, and all that was sold up to it."""

    department: str
    product: str
    pieces: int
    revenue: float
    place: int
    share: float
    running: float


@query
def bestsellers(places: int) -> Select[Any]:
    """The first products of each department, by revenue; a department is a category without a parent."""
    roots = select(Category.id.label("id"), Category.name.label("department")).where(Category.parent_id.is_(None))
    tree = roots.cte("tree", recursive=True)
    child = aliased(Category)
    tree = tree.union_all(select(child.id, tree.c.department).join(tree, child.parent_id == tree.c.id))

    revenue = func.sum(Line.quantity * Line.unit_price)
    sold = (
        select(
            tree.c.department,
            Product.name.label("product"),
            cast(func.sum(Line.quantity), Integer).label("pieces"),
            cast(revenue, Double).label("revenue"),
        )
        .join_from(Line, Order, Line.order_id == Order.id)
        .join(Variant, Line.variant_id == Variant.id)
        .join(Product, Variant.product_id == Product.id)
        .join(tree, Product.category_id == tree.c.id)
        .where(Order.status != Status.NEW)
        .group_by(tree.c.department, Product.id, Product.name)
        .cte("sold")
    )
    department, order = sold.c.department, (sold.c.revenue.desc(), sold.c.product)
    ranked = select(
        *sold.c,
        func.row_number().over(partition_by=department, order_by=order).label("place"),
        (sold.c.revenue / func.sum(sold.c.revenue).over(partition_by=department)).label("share"),
        func.sum(sold.c.revenue).over(partition_by=department, order_by=order, rows=(None, 0)).label("running"),
    ).subquery("ranked")
    best = select(ranked).where(ranked.c.place <= places).order_by(ranked.c.department, ranked.c.place)
    return best.execution_options(with_deleted=True)  # what was withdrawn was sold all the same


@report.get("/bestsellers")
def show(db: DB, places: int = 2) -> list[Bestseller]:
    return db.read(Bestseller, bestsellers(places))
