"""What users of Django type from habit, and what they are told: the wording is pinned."""

# ruff: noqa: E501
# (what it is, what is typed, what is asked then, what is said)
HABITS = [
    (
        "import JsonResponse",
        """
from demijohn import JsonResponse
""",
        None,
        "demijohn has no JsonResponse. Instead: JSONResponse, or return the dict itself",
    ),
    (
        "import HttpResponse",
        """
from demijohn import HttpResponse
""",
        None,
        "demijohn has no HttpResponse. Instead: Response, HTML(...) or render(...)",
    ),
    (
        "import HttpResponseRedirect",
        """
from demijohn import HttpResponseRedirect
""",
        None,
        "demijohn has no HttpResponseRedirect. Instead: redirect: return redirect(show, id=1)",
    ),
    (
        "import Http404",
        """
from demijohn import Http404
""",
        None,
        "demijohn has no Http404. Instead: NotFound: raise NotFound()",
    ),
    (
        "import HttpRequest",
        """
from demijohn import HttpRequest
""",
        None,
        "demijohn has no HttpRequest. Instead: Request: def show(request: Request)",
    ),
    (
        "import get_object_or_404",
        """
from demijohn import get_object_or_404
""",
        None,
        "demijohn has no get_object_or_404. Instead: db.get_or_404(Post, id)",
    ),
    (
        "import reverse",
        """
from demijohn import reverse
""",
        None,
        'demijohn has no reverse. Instead: url: url(show, id=1), or url("polls.index")',
    ),
    (
        "import re_path",
        """
from demijohn import re_path
""",
        None,
        "demijohn has no re_path. Instead: path, with a pattern in the type: Annotated[str, Path(pattern=...)]",
    ),
    (
        "import models",
        """
from demijohn import models
""",
        None,
        "demijohn has no models. Instead: Model and field: class Post(Model): title: Mapped[str] = field(max_length=200)",
    ),
    (
        "import ForeignKey",
        """
from demijohn import ForeignKey
""",
        None,
        "demijohn has no ForeignKey. Instead: belongs_to: author: Mapped[User] = belongs_to()",
    ),
    (
        "no leading slash",
        """
from demijohn import path
def index(request):
    return ""
app.urls(path("polls/", index, name="index"))
""",
        None,
        """
DMJ0201  The path 'polls/' does not begin with a slash.
  at app.py:4
  Fix: Write "/polls/".
""",
    ),
    (
        "empty path",
        """
from demijohn import path
def index(request):
    return ""
app.urls(path("", index, name="index"))
""",
        None,
        """
DMJ0201  The path '' does not begin with a slash.
  at app.py:4
  Fix: Write "/".
""",
    ),
    (
        "include without slash",
        """
from demijohn import Blueprint, include, path
polls = Blueprint("polls")
app.urls(path("polls/", include(polls)))
""",
        None,
        """
DMJ0201  The prefix 'polls' does not begin with a slash.
  at app.py:3
  Fix: Write "/polls".
""",
    ),
    (
        "include of a str",
        """
from demijohn import include, path
app.urls(path("/polls/", include("polls.urls")))
""",
        None,
        """
DMJ0109  include() takes a Blueprint, not str.
  at app.py:2
  Fix: from posts import posts
       app.include(posts, prefix="/posts")
""",
    ),
    (
        "a list of paths",
        """
from demijohn import path
def index(request):
    return ""
app.urls([path("/", index)])
""",
        None,
        """
DMJ0108  urls() takes path(...) entries one by one, not a list.
  at app.py:4
  Fix: app.urls(*urlpatterns)
""",
    ),
    (
        "urlpatterns",
        """
from demijohn import path
app.urlpatterns = []
""",
        None,
        """
DMJ0102  An App has no 'urlpatterns'.
  at app.py:2
  Fix: app.urls(path("/", home, name="home"))
""",
    ),
    (
        "<int:question_id>",
        """
from demijohn import path
def detail(request, question_id):
    return ""
app.urls(path("/<int:question_id>/", detail, name="detail"))
""",
        None,
        """
DMJ0203  <int:question_id> in /<int:question_id>/ is Flask's spelling of a parameter.
  at app.py:4
  Fix: Write "/{question_id}/" and def handler(question_id: int).
""",
    ),
    (
        "<slug:slug>",
        """
from demijohn import path
def detail(request, slug):
    return ""
app.urls(path("/<slug:slug>/", detail, name="detail"))
""",
        None,
        """
DMJ0203  <slug:slug> in /<slug:slug>/ is Flask's spelling of a parameter.
  at app.py:4
  Fix: Write "/{slug}/" and def handler(slug: str).
""",
    ),
    (
        "request.GET",
        """
@app.get("/")
def index(request):
    return request.GET["q"]
""",
        "GET /",
        "A Demijohn request has no 'GET': write request.query.",
    ),
    (
        "request.POST",
        """
@app.post("/")
def index(request):
    return request.POST["choice"]
""",
        "POST /",
        "A Demijohn request has no 'POST': write request.form.",
    ),
    (
        "request.FILES",
        """
@app.post("/")
def index(request):
    return request.FILES["f"]
""",
        "POST /",
        "A Demijohn request has no 'FILES': write request.files.",
    ),
    (
        "request.META",
        """
@app.get("/")
def index(request):
    return request.META["REMOTE_ADDR"]
""",
        "GET /",
        "A Demijohn request has no 'META': write request.headers.",
    ),
    (
        "request.user",
        """
@app.get("/")
def index(request):
    return request.user
""",
        "GET /",
        "A Demijohn request has no 'user': write a parameter of your handler: def show(user: User).",
    ),
    (
        "request.session",
        """
@app.get("/")
def index(request):
    return request.session["cart"]
""",
        "GET /",
        "A Demijohn request has no 'session': write a parameter of your handler: def show(session: Session).",
    ),
    (
        "a misspelt attribute",
        """
@app.get("/")
def index(request):
    return request.path_inof
""",
        "GET /",
        """
'WSGIRequest' object has no attribute 'path_inof'
Attributes of your own go into request.state.
""",
    ),
    (
        "url with a colon",
        """
from demijohn import Blueprint, url
polls = Blueprint("polls")
@polls.get("/")
def index():
    return url("polls:index")
app.include(polls)
""",
        "GET /",
        "No route is called 'polls:index'. Did you mean polls.index?",
    ),
    (
        "redirect with a colon",
        """
from demijohn import Blueprint, redirect
polls = Blueprint("polls")
@polls.get("/")
def index():
    return redirect("polls:index")
app.include(polls)
""",
        "GET /",
        "'polls:index' is no place to redirect to; names of routes have dots: 'polls.index'.",
    ),
    (
        "redirect permanent",
        """
from demijohn import redirect
@app.get("/")
def index():
    return redirect("/new", permanent=True)
""",
        "GET /",
        "redirect() has no permanent=: redirect('/new', status=308).",
    ),
    (
        "response[...]",
        """
from demijohn import Response
@app.get("/")
def index():
    response = Response("x")
    response["X-Total"] = "3"
    return response
""",
        "GET /",
        """
'Response' object does not support item assignment
Headers are set with response.headers["x-total"] = "3".
""",
    ),
    (
        "Response(content_type=)",
        """
from demijohn import Response
@app.get("/")
def index():
    return Response("x", content_type="text/csv")
""",
        "GET /",
        """
Response.__init__() got an unexpected keyword argument 'content_type'
Instead of content_type=, give media_type=.
""",
    ),
    (
        "middleware",
        """
@app.around
def simple(get_response):
    ...
@app.get("/")
def index():
    return ""
""",
        None,
        """
DMJ0301  simple() takes 'get_response', which has no annotation and is not in the path.
  at app.py:1 in simple
  Fix: An around has one yield instead:
       @app.around
       def timed(request):
           ...
           response = yield
           ...
""",
    ),
    (
        "a model as it is",
        """
from sqlalchemy import Integer
from sqlalchemy.orm import DeclarativeBase, mapped_column
from demijohn import Database
class Base(DeclarativeBase):
    ...
class Question(Base):
    __tablename__ = "question"
    id = mapped_column(Integer, primary_key=True)
app.use(Database())
@app.post("/")
def create(question: Question):
    return ""
""",
        None,
        """
DMJ0305  create(question: Question): a model is never filled from a request as it is.
  at app.py:10 in create
  Fix: Put {question} into the path to have it loaded by its key, or take a Schema with the fields that visitors may set:
       class QuestionInput(Schema): ...
""",
    ),
    (
        "render with request and context",
        """
from demijohn import Templates, render
app.use(Templates())
@app.get("/")
def index(request):
    return render(request, "index.html", {"latest": []})
""",
        "GET /",
        """
render() takes from 1 to 2 positional arguments but 3 were given
render() needs no request, and takes values by their names: render("posts.html", posts=posts).
""",
    ),
    (
        "render with request",
        """
from demijohn import Templates, render
app.use(Templates())
@app.get("/")
def index(request):
    return render(request, "index.html")
""",
        "GET /",
        """
'WSGIRequest' object has no attribute 'removesuffix'
render() needs no request, and takes values by their names: render("posts.html", posts=posts).
""",
    ),
    (
        "render with a context",
        """
from demijohn import Templates, render
app.use(Templates())
@app.get("/")
def index():
    return render("index.html", {"latest": []})
""",
        "GET /",
        """
The status of a response is a number from 200 to 599, not {'latest': []}.
render() needs no request, and takes values by their names: render("posts.html", posts=posts).
""",
    ),
    (
        "returning an error",
        """
from demijohn import NotFound
@app.get("/")
def index():
    return NotFound("No such question.")
""",
        "GET /",
        "NotFound was returned: an error is raised. Write raise NotFound(...).",
    ),
    (
        "a class as view",
        """
from demijohn import path
class IndexView:
    def get(self, request):
        return ""
app.urls(path("/", IndexView))
""",
        None,
        """
DMJ0107  IndexView is a class, not a handler.
  at app.py:5
  Fix: Write a function for each method: this version has no class-based views.
""",
    ),
    (
        "the class of a battery",
        """
from demijohn import Database
app.use(Database)
""",
        None,
        """
DMJ0407  use(Database) is given the class.
  at app.py:2
  Fix: app.use(Database())
""",
    ),
    (
        "a middleware in use()",
        """
class SimpleMiddleware:
    ...
app.use(SimpleMiddleware)
""",
        None,
        """
DMJ0407  use() takes batteries, not SimpleMiddleware.
  at app.py:3
  Fix: app.use(Templates())
       A blueprint: app.include(posts). A middleware: app.asgi = Middleware(app.asgi).
""",
    ),
    (
        "*args",
        """
@app.get("/")
def index(request, *args, **kwargs):
    return ""
""",
        None,
        """
DMJ0304  index() takes *args, which no request can fill.
  at app.py:1 in index
  Fix: Name the parameters; path values and query values come by their names.
""",
    ),
]
