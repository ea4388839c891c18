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
DMJ0201  The prefix 'polls/' does not begin with a slash.
  at app.py:3
  Fix: Write "/polls/".
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
        "A Demijohn request has no 'user': write request.state.user, which an around sets, as this version has no sign-in.",
    ),
    (
        "request.session",
        """
@app.get("/")
def index(request):
    return request.session["cart"]
""",
        "GET /",
        "A Demijohn request has no 'session': write a parameter of your handler: def show(session: Session), with app.use(Sessions()).",
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
  Fix: question: Annotated[Question, Body()]   a new one, checked, of the body of the request
       question: Patch[Question]   what the body changes of one: question.apply(...)
       or put {question} into the path to have it loaded by its key.
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
'WSGIRequest' object has no attribute 'partition'
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
  Fix: @app.view("/...")
       class IndexView(View): ...      with a method get(self), post(self), ...
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
    (
        "Django's JsonResponse",
        """
from django.conf import settings
settings.configured or settings.configure()
from django.http import JsonResponse
@app.get("/")
def index(request):
    return JsonResponse({})
""",
        "GET /",
        """
django.http.response.JsonResponse was returned, which is not Demijohn's: return the dict or list itself.
""",
    ),
    (
        "Django's Http404",
        """
from django.http import Http404
@app.get("/")
def index(request):
    raise Http404("no")
""",
        "GET /",
        """
no
Raise Demijohn's: raise NotFound(...).
""",
    ),
    (
        "request: HttpRequest",
        """
from django.http import HttpRequest
@app.get("/")
def index(request: HttpRequest):
    return ""
""",
        None,
        """
DMJ0303  index(request: HttpRequest): nothing here provides django.http.request.HttpRequest.
  at app.py:2 in index
  Fix: from demijohn import Request
""",
    ),
    (
        "import settings",
        """
from demijohn import settings
""",
        None,
        """
demijohn has no settings. Instead: a Config class, asked for by its type: class Settings(Config, prefix="SHOP_"): ...
""",
    ),
    (
        "import login_required",
        """
from demijohn import login_required
""",
        None,
        """
demijohn has no login_required. Instead: nothing yet, this version has no sign-in; an around can guard a route: around=[guard]
""",
    ),
    (
        "import csrf_exempt",
        """
from demijohn import csrf_exempt
""",
        None,
        """
demijohn has no csrf_exempt. Instead: from demijohn.security import csrf_exempt
""",
    ),
    (
        "forms.CharField",
        """
from demijohn import forms
class PostForm(forms.Form):
    title = forms.CharField(max_length=200)
""",
        None,
        """
demijohn.forms has no CharField. Instead: a Schema with types, title: Annotated[str, Meta(max_length=80)], and a handler with form: Form[PostIn]
""",
    ),
    (
        "forms.ModelForm",
        """
from demijohn import forms
class PostForm(forms.ModelForm):
    class Meta:
        model = None
""",
        None,
        """
demijohn.forms has no ModelForm. Instead: class PostForm(Form[Post]): fields = ["title"]
""",
    ),
    (
        "import timezone",
        """
from demijohn import timezone
""",
        None,
        """
demijohn has no timezone. Instead: datetime.now(UTC), from datetime
""",
    ),
    (
        "import messages",
        """
from demijohn import messages
""",
        None,
        """
demijohn has no messages. Instead: a method of the session: def save(session: Session), and session.flash("Saved.", "success")
""",
    ),
    (
        "import require_POST",
        """
from demijohn import require_POST
""",
        None,
        """
demijohn has no require_POST. Instead: the route itself: @app.post("/x"), or @app.route("/x", methods=["GET", "POST"])
""",
    ),
    (
        "import Paginator",
        """
from demijohn import Paginator
""",
        None,
        """
demijohn has no Paginator. Instead: db.page(select(Post).order_by(Post.id), page)
""",
    ),
    (
        "as_view()",
        """
from demijohn import View, path
class Posts(View):
    def get(self):
        return []
app.urls(path("/posts", Posts.as_view()))
""",
        None,
        """
DMJ0123  Posts.as_view() is not needed: a view is registered as it is.
  at app.py:5
  Fix: @app.view("/...") on the class
       or, in a table: path("/...", Posts)
""",
    ),
    (
        "ListView with paginate_by",
        """
from demijohn import ListView
@app.view("/posts")
class Posts(ListView):
    template = "posts.html"
    paginate_by = 20
""",
        None,
        """
DMJ0125  Posts.paginate_by is read by nobody here.
  at app.py:2
  Fix: size = 20
""",
    ),
    (
        "request.method in one view, POST not routed",
        """
from demijohn import path
def index(request):
    return request.method
app.urls(path("/", index, method="POST"))
""",
        None,
        """
DMJ0112  A route has no option 'method'.
  at app.py:4
  Fix: methods=["POST"]
""",
    ),
    (
        "{% url %} in a template",
        """
from demijohn import InlineTemplates, Templates, render
app.use(Templates(strict=True))
app.register(InlineTemplates({"a.html": '{% url "index" %}'}))
@app.get("/")
def index():
    return render("a.html")
""",
        "GET /",
        """
Encountered unknown tag 'url'. (a.html, line 1)
Templates are Jinja's: {{ url('show', id=1) }}.
""",
    ),
    (
        "{% load %} in a template",
        """
from demijohn import InlineTemplates, Templates, render
app.use(Templates(strict=True))
app.register(InlineTemplates({"a.html": '{% load static %}'}))
@app.get("/")
def index():
    return render("a.html")
""",
        "GET /",
        """
Encountered unknown tag 'load'. (a.html, line 1)
Templates are Jinja's: leave {% load %} out, filters and functions are there.
""",
    ),
    (
        "{% csrf_token %} in a template",
        """
from demijohn import InlineTemplates, Templates, render
app.use(Templates(strict=True))
app.register(InlineTemplates({"a.html": '{% csrf_token %}'}))
@app.get("/")
def index():
    return render("a.html")
""",
        "GET /",
        """
Encountered unknown tag 'csrf_token'. (a.html, line 1)
{{ csrf_field }} in a form of your own; {{ form }} has it already.
""",
    ),
    (
        "{% empty %} in a template",
        """
from demijohn import InlineTemplates, Templates, render
app.use(Templates(strict=True))
app.register(InlineTemplates({"a.html": '{% for a in b %}{% empty %}{% endfor %}'}))
@app.get("/")
def index():
    return render("a.html")
""",
        "GET /",
        """
Encountered unknown tag 'empty'. Jinja was looking for the following tags: 'endfor' or 'else'. The innermost block that needs to be closed is 'for'. (a.html, line 1)
Templates are Jinja's: {% else %} in a {% for %}.
""",
    ),
    (
        "reverse's args",
        """
from demijohn import url
@app.get("/posts/{id}")
def show(id: int): ...
@app.get("/")
def index():
    return url("show", args=[1])
""",
        "GET /",
        """
url('show') needs id: its path is /posts/{id}. Values go by name: id=...
""",
    ),
    (
        "from demijohn.testing import TestCase",
        """
from demijohn.testing import TestCase
""",
        None,
        "demijohn.testing has no TestCase. Instead: plain functions for pytest, with Client(app)",
    ),
    (
        "TextChoices",
        """
from demijohn.database import TextChoices
""",
        None,
        'demijohn.database has no TextChoices. Instead: an Enum: status: Mapped[Status] = field(choices={Status.OPEN: "Still open"}), or without labels field()',
    ),
    (
        "belongs_to(related_name=)",
        """
from demijohn import Model, belongs_to
from demijohn.database import Mapped


class Gardener(Model):
    pass


class Plot(Model):
    gardener: Mapped[Gardener] = belongs_to(related_name="plots", null=True)
""",
        None,
        """
DMJ0516  Plot.gardener: a relation takes no related_name= or null=.
  at <unknown>:0 in Plot
  Fix: related_name: write posts: Mapped[list[Post]] = has_many(by="author"), in the other model
       null: write the type: Mapped[str | None] may be empty, Mapped[str] may not
""",
    ),
    (
        "a form: clean_title, exclude",
        """
from demijohn import Form, Forms, Schema

app.use(Forms())


class Seed(Schema):
    title: str


class SeedForm(Form[Seed]):
    exclude = ["title"]

    def clean_title(self):
        return ""


@app.post("/")
def save(form: SeedForm):
    return form.value
""",
        None,
        """
DMJ0582  SeedForm has exclude, clean_title, which nothing reads.
  at <unknown>:0 in SeedForm
  Fix: exclude: fields = ["title"]: what visitors may set is named
       clean_title: def validate_title(self, value), which returns what is to be taken
""",
    ),
    (
        "object_list in a template",
        """
from demijohn import InlineTemplates, Templates, render
app.use(Templates(strict=True))
app.register(InlineTemplates({"a.html": "{% for post in object_list %}{{ post }}{% endfor %}"}))
@app.get("/")
def home():
    return render("a.html")
""",
        "GET /",
        """
'object_list' is undefined
It is items: {% for post in items %}.
""",
    ),
    (
        "several words of a generic view",
        """
from demijohn import ListView, Model
class Post(Model): ...
@app.view("/posts")
class Posts(ListView):
    model = Post
    template_name = "posts.html"
    paginate_by = 10
""",
        None,
        """
DMJ0125  Posts.template_name, paginate_by are read by nobody here.
  at app.py:3
  Fix: template = "posts/list.html"
       size = 20
""",
    ),
    (
        "signals",
        """
from demijohn.database import post_save
""",
        None,
        """
demijohn.database has no post_save. Instead: an event of SQLAlchemy's: @event.listens_for(Post, "after_insert")
""",
    ),
    (
        "upload_to",
        """
from demijohn import Model, field
from demijohn.database import Mapped
class Post(Model):
    photo: Mapped[str] = field(upload_to="photos")
""",
        None,
        """
DMJ0516  field() takes no upload_to=.
  at app.py:4
  Fix: upload_to: write photo: Mapped[str] = field(max_length=200), for the name that files.save(upload) of the Storage battery gives
""",
    ),
]
