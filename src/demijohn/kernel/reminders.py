"""Notes below an error of a request: what was meant, by a part of the error's message.

A table, looked at when a request has failed.
"""

from __future__ import annotations

from typing import Final

_RENDER: Final = 'render() needs no request, and takes values by their names: render("posts.html", posts=posts).'
REMINDERS: Final = (
    ("Response' object does not support item assignment", 'Headers are set with response.headers["x-total"] = "3".'),
    ("'MultiDict' object is not callable", "Leave the () out: request.form and request.files are read already."),
    ("'Query' object is not callable", "Leave the () out: request.query is read already."),
    ("can't be used in 'await' expression", "Leave the await out: what a request holds has been read already."),
    ("render() takes from 1 to 2 positional arguments", _RENDER),
    ("The status of a response is a number from 200 to 599, not {", _RENDER),
    ("Request' object has no attribute 'partition'", _RENDER),
    ("Request' object has no attribute", "Attributes of your own go into request.state."),
    (
        "redirect() missing 1 required",
        'The place goes first: redirect(show, id=1), redirect("/x").',
    ),
    ("'bytes' object is not callable", "Leave the () out: request.body is the bytes themselves."),
    ("'str' object has no attribute 'host'", "If this is request.client: it is the address itself."),
    (
        "'str' object has no attribute 'path'",
        "If this is request.url: it is text; request.path and request.host are parts.",
    ),
    ("url() takes 1 positional argument", "What the path needs goes by name: url(show, id=1)."),
    ("Extra positional arguments provided", 'The fields of a Schema go by name: Note(title="Milk").'),
    ("has no attribute 'model_dump", "Return it as it is: it is sent as JSON. As a dict: msgspec.to_builtins(note)."),
    ("has no attribute 'dict'", "Return it as it is: it is sent as JSON. As a dict: msgspec.to_builtins(note)."),
    (
        "has no attribute 'model_validate",
        "msgspec.convert(data, Note) checks a dict, msgspec.json.decode(text, type=Note) JSON.",
    ),
    (
        "has no attribute 'parse_obj'",
        "msgspec.convert(data, Note) checks a dict, msgspec.json.decode(text, type=Note) JSON.",
    ),
    ("has no attribute 'objects'", "Ask the session, a parameter db: DB: db.all(select(Post).where(...))."),
    ("set_cookie() got an unexpected keyword argument 'key'", 'The name goes first: set_cookie("theme", "dark").'),
    ("'method' object is not iterable", "It is called first: {% for message in messages() %}."),
    ("Values of method cannot be sent as JSON", "It is called first: return request.json()."),
    ("'str' object is not callable", "Leave the () out. In a form of your own the token is {{ csrf_field }}."),
    ("Can't resolve label reference for ORDER BY", "Downwards is select(Post).order_by(Post.title.desc())."),
    ("'bool' object is not callable", "Leave the () out: form.valid."),
    ("'BoundField' object has no attribute 'data'", "It is form.value.title; as it was sent, form.title.text."),
    (
        "'BoundField' object is not callable",
        'Attributes stand in the form: title = Field(attributes={"class": "wide"}).',
    ),
    (
        ".save() missing 1 required positional argument: 'db'",
        "It takes the unit of work: form.save(db), with db: DB in the handler.",
    ),
    (
        ".save() got an unexpected keyword argument 'commit'",
        "form.value is the object without saving it; form.save(db) saves it.",
    ),
    ("DB.page() got an unexpected keyword argument 'per_page'", "It is db.page(statement, page, size=20)."),
    (
        "DB.get_or_404() missing 1 required",
        "The key goes by place: db.get_or_404(Post, 7). By other fields: "
        "db.first_or_404(select(Post).where(Post.slug == slug)).",
    ),
    (
        "DB.all() got an unexpected keyword argument",
        "Conditions go into a select: db.all(select(Post).where(Post.title == title)).",
    ),
    (
        "'InstrumentedList' object has no attribute 'create'",
        "A list of rows: author.posts.append(Post(...)), or db.save(Post(author=author)).",
    ),
    ("'InstrumentedList' object has no attribute", "A list of rows: for post in author.posts; or a select with where."),
    (
        "'Session' object has no attribute",
        'Values go by key: session["user_id"] = 7. Changes are noticed, also inside of lists; how long it lasts is'
        " Sessions(lifetime=..., idle=...).",
    ),
    ("'method' object is not subscriptable", 'It is called first: request.json()["name"].'),
    (
        "'Query' object has no attribute 'first_or_404'",
        "It is db.first_or_404(select(Post).where(Post.slug == slug)).",
    ),
    ("'Query' object has no attribute 'one_or_404'", "It is db.first_or_404(select(Post).where(Post.slug == slug))."),
    ("'Query' object has no attribute 'get_or_404'", "It is db.get_or_404(Post, key), or a parameter: post: Post."),
    ("'Query' object has no attribute 'paginate'", "It is db.page(select(Post).order_by(Post.id), page, 20)."),
    (
        "Select.filter() got an unexpected keyword argument",
        "Conditions are expressions: select(Post).where(Post.title.icontains(text), Post.stars >= 3);"
        " filter_by(title=title) compares.",
    ),
    (
        "the FROM clause entities have a property",
        "filter_by knows the columns of what is selected; others are expressions: .where(Author.name == name).",
    ),
    ("'Select' object has no attribute 'all'", "A select is asked through the unit of work: db.all(statement)."),
    ("'Select' object has no attribute 'first'", "It is db.scalars(statement).first(), or db.first_or_404(statement)."),
    ("'Select' object has no attribute 'count'", "It is db.count(statement)."),
    ("'Select' object has no attribute 'exclude'", "It is .where(Post.title != title), or .where(~condition)."),
    (
        "'Select' object has no attribute 'annotate'",
        "It is select(Author, func.count(Post.id)).join(...).group_by(...).",
    ),
    ("'Select' object has no attribute 'values'", "It is select(Post.id, Post.title)."),
    ("'Select' object has no attribute 'select_related'", "It is .options(joinedload(Post.author))."),
    ("'Select' object has no attribute 'prefetch_related'", "It is .options(selectinload(Post.comments))."),
    (
        "'types.SimpleNamespace' object has no attribute",
        "request.state has what something before has set: a before_request or an around of this app or blueprint.",
    ),
)
