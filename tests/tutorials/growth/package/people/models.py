"""Who writes."""

from typing import TYPE_CHECKING

from sqlalchemy.orm import Mapped

from demijohn import Model, field, has_many

if TYPE_CHECKING:
    from posts.models import Post


class Person(Model):
    name: Mapped[str] = field(max_length=80, unique=True)
    posts: Mapped[list["Post"]] = has_many(by="author")
