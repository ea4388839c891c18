"""An order in three steps, in one file: where it goes, what is in it, and a last look.

    pip install "demijohn[standard]"
    demijohn dev examples/wizard/app.py

Each step is checked before the next one opens, rows are added and removed, going back loses nothing, and all of it
works without JavaScript. From top to bottom: what there is to buy, the models, the steps, the two addresses, and the
templates.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from demijohn import (
    App,
    Forms,
    InlineTemplates,
    Meta,
    Response,
    Schema,
    Session,
    Sessions,
    redirect,
    render,
)
from demijohn.database import DB, Database, Mapped, Model, belongs_to, field, has_many
from demijohn.forms import Accepted, Email, Field, LongText, Wizard

app = App("wizard")
app.use(Database(), Forms(), Sessions())

PRICES = {
    "Demijohn, 5 litres": Decimal("24.00"),
    "Demijohn, 15 litres": Decimal("39.50"),
    "Demijohn, 54 litres": Decimal("96.00"),
    "Cork": Decimal("1.20"),
    "Airlock": Decimal("2.80"),
    "Funnel": Decimal("7.40"),
}


# Models ------------------------------------------------------------------------------------------------------


class Order(Model):
    name: Mapped[str] = field(max_length=80)
    email: Mapped[str] = field(max_length=320)
    street: Mapped[str] = field(max_length=120)
    postcode: Mapped[str] = field(max_length=12)
    city: Mapped[str] = field(max_length=80)
    card: Mapped[str | None] = field(max_length=200, default=None)
    note: Mapped[str] = field(max_length=500, default="")
    created: Mapped[datetime] = field(auto_now_add=True)
    lines: Mapped[list[OrderLine]] = has_many(order_by="OrderLine.id")

    @property
    def total(self) -> Decimal:
        return sum((line.total for line in self.lines), Decimal())


class OrderLine(Model):
    order: Mapped[Order] = belongs_to(on_delete="cascade")
    product: Mapped[str] = field(max_length=40)
    count: Mapped[int]
    price: Mapped[Decimal] = field(max_digits=8, decimal_places=2)  # what it cost on that day

    @property
    def total(self) -> Decimal:
        return self.price * self.count


# Steps -------------------------------------------------------------------------------------------------------


class Address(Schema):
    name: Annotated[str, Meta(max_length=80), Field(autocomplete="name")]
    email: Email
    street: Annotated[str, Meta(max_length=120), Field(autocomplete="street-address")]
    postcode: Annotated[str, Meta(max_length=12), Field(autocomplete="postal-code")]
    city: Annotated[str, Meta(max_length=80), Field(autocomplete="address-level2")]
    gift: Annotated[bool, Field(label="It is a gift")] = False
    card: (
        Annotated[str, Meta(max_length=200), Field(label="What the card says", show_if="gift", required=True)] | None
    ) = None


class Line(Schema):
    product: Annotated[str, Field(choices={name: f"{name} ({price} €)" for name, price in PRICES.items()})]
    count: Annotated[int, Meta(ge=1, le=99)] = 1

    @property
    def total(self) -> Decimal:
        return PRICES[self.product] * self.count


class Items(Schema):
    lines: Annotated[list[Line], Meta(min_length=1, max_length=20), Field(label="Item")]


class Review(Schema):
    note: Annotated[LongText, Meta(max_length=500), Field(label="Anything else?")] = ""
    agreed: Annotated[Accepted, Field(label="I have read what I order")] = False


class OrderSteps(Wizard):
    steps = {"address": Address, "items": Items, "review": Review}
    labels = {"address": "Where it goes", "items": "What you take", "review": "A last look"}
    template = "steps.html"
    finish = "Order"

    @property
    def total(self) -> Decimal:
        return sum((line.total for line in self["items"].value.lines), Decimal())


# Pages -------------------------------------------------------------------------------------------------------


@app.route("/", methods=["GET", "POST"])
def order(wizard: OrderSteps, db: DB, session: Session) -> Response:
    if not wizard.done:
        return render("order.html", wizard=wizard)
    address, items, review = (wizard[step].value for step in wizard.steps)
    made = Order(
        name=address.name, email=address.email, street=address.street, postcode=address.postcode, city=address.city,
        card=address.card, note=review.note,
    )  # fmt: skip
    session["ordered"] = db.save(made).id
    for line in items.lines:
        db.save(OrderLine(order=made, product=line.product, count=line.count, price=PRICES[line.product]))
    wizard.clear()
    return redirect(thanks)


@app.get("/thanks")
def thanks(db: DB, session: Session) -> Response:
    """The order that this visitor made last, and nobody else's: its number is in the session, not in the address."""
    made = db.get(Order, session["ordered"]) if "ordered" in session else None
    return redirect(order) if made is None else render("thanks.html", order=made)


app.register(
    InlineTemplates("""
@@ layout.html
{% extends "demijohn/base.html" %}
{% block head %}
<link rel="icon" href="data:,">
<style nonce="{{ nonce }}">
  table { margin-block: 0 1.5rem }
  th:not(:first-child), td:not(:first-child) { text-align: end; font-variant-numeric: tabular-nums }
  th:last-child, td:last-child { padding-inline-end: 0 }
  tfoot { font-weight: 650 }
  .beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); gap: 0 1.5rem }
  address, .card { font-style: normal; margin-block: 0 1.5rem }
  h2 { font-size: 1.125rem; margin-block: 0 .5rem }
  @media (min-width: 40rem) { .dj-row { grid-template-columns: 1fr 6rem auto; align-items: end } }
  .change { font-size: .875rem; font-weight: 400; margin-inline-start: .5rem }
</style>
{% endblock %}

@@ parts.html
{% macro lines(lines, total) %}
<table>
  <thead><tr><th scope="col">Item</th><th scope="col">Count</th><th scope="col">Price</th></tr></thead>
  <tbody>
  {% for line in lines %}
  <tr><td>{{ line.product }}</td><td>{{ line.count }}</td><td>{{ line.total }} €</td></tr>
  {% endfor %}
  </tbody>
  <tfoot><tr><th scope="row">Total</th><td></td><td>{{ total }} €</td></tr></tfoot>
</table>
{% endmacro %}

{% macro address(to) %}
<address>{{ to.name }}<br>{{ to.street }}<br>{{ to.postcode }} {{ to.city }}<br>{{ to.email }}</address>
{% endmacro %}

@@ order.html
{% extends "layout.html" %}
{% block title %}Your order{% endblock %}
{% block main %}
<h1>Your order</h1>
{{ wizard }}
{% endblock %}

@@ steps.html
{% extends "forms/wizard.html" %}
{% import "parts.html" as parts %}
{% block before %}
{% if wizard.step == "review" %}
{% set to = wizard["address"].value %}
<h2>What you take <a class="change" href="?step=items">Change</a></h2>
{{ parts.lines(wizard["items"].value.lines, wizard.total) }}
<div class="beside">
  <div><h2>Where it goes <a class="change" href="?step=address">Change</a></h2>{{ parts.address(to) }}</div>
  {% if to.card %}<div><h2>The card</h2><p class="card">{{ to.card }}</p></div>{% endif %}
</div>
{% endif %}
{% endblock %}

@@ thanks.html
{% extends "layout.html" %}
{% import "parts.html" as parts %}
{% block title %}Thank you{% endblock %}
{% block main %}
<h1>Thank you, {{ order.name }}.</h1>
<p>Your order has the number {{ order.id }}, and is on its way soon.</p>
{{ parts.lines(order.lines, order.total) }}
<div class="beside">
  <div><h2>Where it goes</h2>{{ parts.address(order) }}</div>
  {% if order.card %}<div><h2>The card</h2><p class="card">{{ order.card }}</p></div>{% endif %}
</div>
{% if order.note %}<h2>Your note</h2>{{ order.note|linebreaks }}{% endif %}
<p><a href="{{ url('order') }}">Order something else</a></p>
{% endblock %}
""")
)
