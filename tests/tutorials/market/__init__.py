"""A shop of twelve models, with a report that is one query."""

from demijohn import App
from demijohn.database import Database

from . import models, orders, products, report  # noqa: F401 - the models are of the app that imports them

app = App("market")
app.use(Database())
app.include(products.products, prefix="/products")
app.include(orders.orders, prefix="/orders")
app.include(report.report, prefix="/report")
