"""What is said below an error of a library that a habit explains."""

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from demijohn.kernel.habits import remind


class Base(DeclarativeBase):
    """A base of SQLAlchemy's own."""


class Post(Base):
    """A table that nobody makes."""

    __tablename__ = "reminded_posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]


unit = Session()
post: Any = select(Post)
query: Any = unit.query(Post)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (lambda: query.filter_by(title="a").first_or_404(), "db.first_or_404(select(Post)"),
        (lambda: query.get_or_404(1), "db.get_or_404(Post, key)"),
        (lambda: query.paginate(page=1), "db.page(select(Post)"),
        (lambda: post.filter(title__icontains="a"), "select(Post).where(Post.title.icontains(text)"),
        (lambda: post.filter_by(titel="a"), "others are expressions"),
        (lambda: post.all(), "db.all(statement)"),
        (lambda: post.first(), "db.scalars(statement).first()"),
        (lambda: post.count(), "db.count(statement)"),
        (lambda: post.exclude(), ".where(Post.title != title)"),
        (lambda: post.annotate(), "func.count(Post.id)"),
        (lambda: post.values("title"), "select(Post.id, Post.title)"),
        (lambda: post.select_related(), "joinedload(Post.author)"),
        (lambda: post.prefetch_related(), "selectinload(Post.comments)"),
        (lambda: SimpleNamespace().user, "request.state has what something before has set"),
    ],
)
def test_what_is_meant_is_noted(step, said):
    """In one note, which every traceback shows."""
    with pytest.raises(Exception) as caught:
        step()
    remind(caught.value)
    (note,) = caught.value.__notes__
    assert said in note
