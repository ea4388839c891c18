"""What is written."""

from decimal import Decimal

from people.models import Person
from sqlalchemy.orm import Mapped

from demijohn import Model, belongs_to, field, many_to_many


class Tag(Model):
    name: Mapped[str] = field(max_length=40)


class Post(Model):
    title: Mapped[str] = field(max_length=200)
    body: Mapped[str] = field()
    price: Mapped[Decimal] = field(default=Decimal("1.50"))
    author: Mapped[Person] = belongs_to(on_delete="cascade")
    tags: Mapped[set[Tag]] = many_to_many()
