"""A shop of twelve models on each database: bought from, changed, reported on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from asking import Answer, ask

from ..batteries.database.server_databases import server_url


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mariadb"])
def answers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Answer]]:
    """What the shop says, by name; asked once for all tests."""
    folder = tmp_path_factory.mktemp("market")
    order = {"customer_id": 1, "lines": [{"sku": "LE-0001", "quantity": 1}, {"sku": "RA-0001", "quantity": 3}]}
    boxes = {"customer_id": 2, "lines": [{"sku": "BC-0001", "quantity": 2}, {"sku": "NO-0001", "quantity": 4}]}
    unpaid = {"customer_id": 2, "lines": [{"sku": "NO-0001", "quantity": 50}]}
    greedy = {"customer_id": 1, "lines": [{"sku": "RA-0001", "quantity": 1}, {"sku": "BC-0001", "quantity": 9}]}
    asked: dict[str, tuple[Any, ...]] = {
        "seed": ("POST", "/seed"),
        "index": ("GET", "/products/"),
        "rare": ("GET", "/products/?label=rare"),
        "show": ("GET", "/products/box-camera"),
        "order": ("POST", "/orders/", None, None, order),
        "boxes": ("POST", "/orders/", None, None, boxes),
        "unpaid": ("POST", "/orders/", None, None, unpaid),
        "greedy": ("POST", "/orders/", None, None, greedy),
        "unknown": ("POST", "/orders/", None, None, {"customer_id": 1, "lines": [{"sku": "XX-1", "quantity": 1}]}),
        "stock": ("GET", "/products/radio"),
        "pay": ("POST", "/orders/1/payment"),
        "pay again": ("POST", "/orders/1/payment"),
        "pay boxes": ("POST", "/orders/2/payment"),
        "report": ("GET", "/report/bestsellers"),
        "first": ("GET", "/report/bestsellers?places=1"),
        "wrong": ("PATCH", "/products/variants/1", None, None, {"price": "-1", "sku": "x", "stock": None}),
        "moved": ("PATCH", "/products/variants/1", None, None, {"product_id": 2}),
        "changed": ("PATCH", "/products/variants/1", None, None, {"price": "12.50"}),
        "withdraw": ("DELETE", "/products/4"),
        "gone": ("GET", "/products/novel"),
        "report afterwards": ("GET", "/report/bestsellers"),
    }
    for url in server_url(request.param, folder):
        found = ask(
            "market.served", list(asked.values()), database=folder / "market.sqlite", environment={"DATABASE_URL": url}
        )
        yield dict(zip(asked, found, strict=True))


def body(answer: Answer) -> Any:
    """What was sent as JSON."""
    return json.loads(answer.text)


def test_the_list_asks_four_times_however_many_there_are(answers: dict[str, Answer]):
    """Products, their brands, their links and labels: not once for each."""
    assert [line["name"] for line in body(answers["index"])] == ["Box camera", "Lens", "Novel", "Radio"]
    assert body(answers["index"])[0] == {"name": "Box camera", "brand": "Acme", "labels": ["new", "rare"]}
    assert answers["index"].header("x-queries") == answers["rare"].header("x-queries") == "3"
    assert [line["name"] for line in body(answers["rare"])] == ["Box camera", "Lens"]


def test_a_product_is_shown_with_what_belongs_to_it(answers: dict[str, Answer]):
    """Relations nest as the schema says; decimals keep their places."""
    assert body(answers["show"]) == {
        "id": body(answers["show"])["id"],
        "name": "Box camera",
        "slug": "box-camera",
        "brand": {"name": "Acme"},
        "variants": [
            {"sku": "BC-0001", "price": "99.90", "stock": 5},
            {"sku": "BC-0002", "price": "109.90", "stock": 1},
        ],
    }


def test_an_order_is_all_or_nothing(answers: dict[str, Answer]):
    """A line that cannot be had takes the whole order back, and the stock of its other lines."""
    assert (answers["order"].status, body(answers["order"])) == (201, {"id": 1, "total": "310.00"})
    assert (answers["greedy"].status, body(answers["greedy"])["detail"]) == (409, "Of BC-0001 there are only 3.")
    assert (answers["unknown"].status, body(answers["unknown"])["detail"]) == (422, "There is no XX-1.")
    assert body(answers["stock"])["variants"][0]["stock"] == 97


def test_an_order_is_paid_once(answers: dict[str, Answer]):
    """The database sees to it, and the answer names the field."""
    assert (answers["pay"].status, body(answers["pay"])["total"]) == (201, "310.00")
    assert answers["pay again"].status == 409
    assert body(answers["pay again"])["errors"][0]["where"] == "order_id"


def test_the_report_ranks_within_departments(answers: dict[str, Answer]):
    """Sums of paid orders, climbing a tree of categories; place, share and running total by windows."""
    rows = [{**row, "share": round(row["share"], 3)} for row in body(answers["report"])]
    assert rows == [
        {"department": "Books", "product": "Novel", "pieces": 4, "revenue": 30.0,
         "place": 1, "share": 1.0, "running": 30.0},
        {"department": "Electronics", "product": "Lens", "pieces": 1, "revenue": 250.0,
         "place": 1, "share": 0.49, "running": 250.0},
        {"department": "Electronics", "product": "Box camera", "pieces": 2, "revenue": 199.8,
         "place": 2, "share": 0.392, "running": 449.8},
    ]  # fmt: skip
    assert [row["product"] for row in body(answers["first"])] == ["Novel", "Lens"]
    assert answers["report"].header("x-queries") == "1"


def test_changes_are_held_to_the_model(answers: dict[str, Answer]):
    """Every mistake at once, and nothing but what may be changed."""
    assert answers["wrong"].status == 422
    assert {error["where"] for error in body(answers["wrong"])["errors"]} == {"body.price", "body.sku", "body.stock"}
    assert answers["moved"].status == 422
    assert (answers["changed"].status, body(answers["changed"])["price"]) == (200, "12.50")


def test_what_is_withdrawn_is_still_in_the_books(answers: dict[str, Answer]):
    """No visitor finds it any more."""
    assert (answers["withdraw"].status, answers["gone"].status) == (204, 404)
    assert body(answers["report afterwards"]) == body(answers["report"])
