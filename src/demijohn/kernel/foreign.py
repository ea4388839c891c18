"""What other frameworks call their things, and what is written for each here.

Tables, and the questions that are put to them: a name that the front door has not got, a type, marker, response or
exception that belongs to somebody else. Nothing here runs while an app is right and its requests succeed, but for one
look at each parameter when a signature is read.
"""

from __future__ import annotations

from typing import Any, Final

from ..foundation.errors import SetupError, Where
from .template_habits import template_fix

_APP = "App: from demijohn import App; app = App()"
_REQUEST_METHODS = 'the route itself: @app.post("/x"), or @app.route("/x", methods=["GET", "POST"])'
_LOGIN_FIELDS = "two fields: def token(username: Annotated[str, FormField()], password: Annotated[str, FormField()])"
_SIGN_IN = "nothing yet, this version has no sign-in; an around can guard a route: around=[guard]"
_PASSWORDS = "PasswordHash, from demijohn.database: PasswordHash.of(text), and account.password.verify(text)"
_SESSION = "a parameter: def show(session: Session), of demijohn, with app.use(Sessions())"
_MESSAGES = "messages(), in a template: {% for message in messages() %}; a handler has session.messages()"
_TYPED_FORM = "a Schema with types, and Form[PostIn]: def new(form: Form[PostIn]), with app.use(Forms())"
_FORMS = "a Schema: its fields are the form's, and every mistake is told at once"
_LIFESPAN = "@app.lifespan, a generator: what stands before its yield runs at the start, what stands after at the end"
_CSRF_IS_ON = "nothing: forged requests are refused already"
_CORS = 'CORS, from demijohn.security: app.use(Security(cors=CORS(origins=["https://app.example"])))'
_LANGUAGES = "nothing yet, this version has no translations"
_SIGNALS = 'SQLAlchemy\'s events: @event.listens_for(Post, "before_insert"); an around, for what every request does'
_EXPRESSIONS = "SQLAlchemy's own: select(Post).where(or_(Post.a == 1, Post.b == 2))"

# Names that `from demijohn import ...` is asked for.
NAMES: Final = {
    "Flask": "App: from demijohn import App; app = App()",
    "FastAPI": "App: from demijohn import App; app = App()",
    "Demijohn": "App: from demijohn import App; app = App()",
    "APIRouter": 'Blueprint: posts = Blueprint("posts"); app.include(posts, prefix="/posts")',
    "render_template": 'render: return render("a.html", posts=posts)',
    "jsonify": "return the dict or list itself",
    "abort": "raise NotFound() or raise HTTPError(409, ...)",
    "url_for": "url: url(show, id=1)",
    "request": "a parameter: def show(request: Request)",
    "g": "request.state: request.state.visitor = ...",
    "session": _SESSION,
    "HTTPException": "HTTPError: raise HTTPError(404, ...), or raise NotFound()",
    "JsonResponse": "JSONResponse, or return the dict itself",
    "HttpResponse": "Response, HTML(...) or render(...)",
    "HttpResponseRedirect": "redirect: return redirect(show, id=1)",
    "File": "UploadedFile: def upload(photo: UploadedFile)",
    "UploadFile": "UploadedFile: def upload(photo: UploadedFile)",
    "BaseModel": "Schema: class Item(Schema): ...",
    "TestClient": "Client: client = Client(app)",
    "send_file": "FileResponse: return FileResponse(path)",
    "get_object_or_404": "db.get_or_404(Post, id)",
    "send_from_directory": "FileResponse: return FileResponse(path), or the Static battery for a whole folder",
    "render_template_string": 'HTML: return HTML("<p>{}</p>", name), which escapes',
    "make_response": "Response: response = Response(body, 201, headers={...})",
    "current_app": "a parameter of the type that you need: services are asked for by type",
    "escape": 'HTML: return HTML("<p>{}</p>", name), which escapes; or markupsafe.escape',
    "status": "the number itself: status=201",
    "Http404": "NotFound: raise NotFound()",
    "HttpRequest": "Request: def show(request: Request)",
    "HttpResponseNotFound": "NotFound: raise NotFound()",
    "reverse": 'url: url(show, id=1), or url("polls.index")',
    "re_path": "path, with a pattern in the type: Annotated[str, Path(pattern=...)]",
    "models": "Model and field: class Post(Model): title: Mapped[str] = field(max_length=200)",
    "ForeignKey": "belongs_to: author: Mapped[User] = belongs_to()",
    "Middleware": "an around, or app.asgi = Middleware(app.asgi)",
    "APIException": "HTTPError: raise HTTPError(409, ...)",
    "PlainTextResponse": "TextResponse, or return the str itself",
    "ORJSONResponse": "JSONResponse, or return the dict itself",
    "Starlette": _APP,
    "Litestar": _APP,
    "Quart": _APP,
    "Sanic": _APP,
    "Bottle": _APP,
    "Api": _APP,
    "flash": 'a method of the session: def save(session: Session), and session.flash("Saved.", "success")',
    "get_flashed_messages": _MESSAGES,
    "messages": 'a method of the session: def save(session: Session), and session.flash("Saved.", "success")',
    "stream_with_context": "the generator itself: a handler may yield, and its services last as long",
    "copy_current_request_context": "the values that are needed, handed over as arguments",
    "has_request_context": "current, from demijohn; better, hand over what is needed",
    "has_app_context": "nothing: there is no application context",
    "after_this_request": "an around of that route: around=[stamp]",
    "MethodView": 'View: @app.view("/posts") on class Posts(View), with methods get and post',
    "redirect_to": "redirect: return redirect(show, id=1)",
    "get_template_attribute": "a macro imported in the template",
    "login_required": _SIGN_IN,
    "generate_password_hash": _PASSWORDS,
    "check_password_hash": _PASSWORDS,
    "make_password": _PASSWORDS,
    "check_password": _PASSWORDS,
    "permission_required": _SIGN_IN,
    "user_passes_test": _SIGN_IN,
    "LoginRequiredMixin": _SIGN_IN,
    "LoginManager": _SIGN_IN,
    "UserMixin": _SIGN_IN,
    "login_user": _SIGN_IN,
    "logout_user": _SIGN_IN,
    "current_user": _SIGN_IN,
    "authenticate": _SIGN_IN,
    "OAuth2PasswordBearer": "from demijohn.api import OAuth2PasswordBearer",
    "OAuth2PasswordRequestForm": _LOGIN_FIELDS,
    "OAuth2PasswordRequestFormStrict": _LOGIN_FIELDS,
    "HTTPAuthorizationCredentials": "str, the token itself: token: Annotated[str, Depends(HTTPBearer())]",
    "HTTPBasicCredentials": "BasicCredentials, from demijohn.api, which HTTPBasic() gives",
    "HTTPDigest": "a class of your own below SecurityScheme, of demijohn.api",
    "SecurityScopes": 'a function that makes the dependency: Depends(needs("items:read"))',
    "ServerSentEvent": 'Event: yield Event(data, event="tick", id=7)',
    "AsyncSession": "AsyncDB: async def show(db: AsyncDB); SQLAlchemy's own AsyncSession is asked for as well",
    "HTTPBearer": "from demijohn.api import HTTPBearer",
    "HTTPBasic": "from demijohn.api import HTTPBasic",
    "APIKeyHeader": "from demijohn.api import APIKeyHeader",
    "csrf_protect": _CSRF_IS_ON,
    "CSRFProtect": _CSRF_IS_ON,
    "CsrfViewMiddleware": _CSRF_IS_ON,
    "require_POST": _REQUEST_METHODS,
    "require_GET": _REQUEST_METHODS,
    "require_safe": _REQUEST_METHODS,
    "require_http_methods": _REQUEST_METHODS,
    "method_decorator": "around=[guard] at the route or the view",
    "cache_page": "cache_control: around=[cache_control(max_age=60)]",
    "transaction": "nothing: a request is one unit of work, committed when its handler has succeeded",
    "get_list_or_404": "db.all(select(Post)), and raise NotFound() if it is empty",
    "render_to_response": 'render: return render("a.html", posts=posts)',
    "render_to_string": 'render("a.html", posts=posts).body',
    "reverse_lazy": "url: url(show, id=1), called where it is needed",
    "resolve": "demijohn routes URL, on the command line",
    "HttpResponseForbidden": "Forbidden: raise Forbidden()",
    "HttpResponseBadRequest": "BadRequest: raise BadRequest(...)",
    "HttpResponseGone": "Gone: raise Gone()",
    "HttpResponseNotAllowed": "nothing: a method without a route is a 405 by itself",
    "HttpResponseServerError": "HTTPError: raise HTTPError(500, ...)",
    "HttpResponsePermanentRedirect": "redirect: return redirect(show, id=1, status=308)",
    "StreamingHttpResponse": "StreamingResponse, or a handler that yields",
    "PermissionDenied": "Forbidden: raise Forbidden()",
    "SuspiciousOperation": "BadRequest: raise BadRequest()",
    "ObjectDoesNotExist": "NotFound: raise NotFound()",
    "QueryDict": "request.query and request.form",
    "admin": "nothing yet, this version has no admin",
    "settings": 'a Config class, asked for by its type: class Settings(Config, prefix="SHOP_"): ...',
    "BaseSettings": 'Config: class Settings(Config, prefix="SHOP_"): ...',
    "ModelForm": 'Form: class PostForm(Form[Post]): fields = ["title"]',
    "FlaskForm": _TYPED_FORM,
    "Serializer": _FORMS,
    "ModelSerializer": "a Schema with the fields to show: def show(post: Post) -> PostOut",
    "ModelViewSet": 'View: @app.view("/posts") on class Posts(View)',
    "APIView": 'View: @app.view("/posts") on class Posts(View)',
    "Controller": 'View: @app.view("/posts") on class Posts(View)',
    "signals": _SIGNALS,
    "receiver": _SIGNALS,
    "gettext": _LANGUAGES,
    "gettext_lazy": _LANGUAGES,
    "urlpatterns": 'app.urls(path("/", home, name="home"))',
    "QuerySet": "a select: db.all(select(Post).where(...))",
    "Q": _EXPRESSIONS,
    "F": _EXPRESSIONS,
    "Count": "SQLAlchemy's own: func.count(Post.id)",
    "CharField": "field: title: Mapped[str] = field(max_length=200)",
    "TextField": "field: body: Mapped[str] = field()",
    "IntegerField": "field: stars: Mapped[int] = field(default=0)",
    "BooleanField": "field: published: Mapped[bool] = field(default=False)",
    "DateTimeField": "field: made: Mapped[datetime] = field()",
    "ManyToManyField": "many_to_many: tags: Mapped[set[Tag]] = many_to_many()",
    "call_command": 'Client(app).run("purge", "--days", "7"), in a test; elsewhere a call of the function',
    "with_appcontext": "nothing: @app.command on a function, whose services are made as for a handler",
    "Migrate": "nothing: demijohn db make and demijohn db migrate, with app.use(Database())",
    "Limiter": 'rate_limit, from demijohn.security: around=[rate_limit("10/minute")]',
    "BaseCommand": "a command: @app.command on a function, typed as demijohn and its name",
    "select": "from sqlalchemy import select",
    "SQLModel": "Model: class Hero(Model): name: Mapped[str] = field(max_length=80)",
    "SQLAlchemy": "Database: app.use(Database()); a handler asks for db: DB",
    "Column": "field: title: Mapped[str] = field(max_length=200)",
    "relationship": "has_many or belongs_to: author: Mapped[User] = belongs_to()",
    "Paginator": "db.page(select(Post).order_by(Post.id), page)",
    "timezone": "datetime.now(UTC), from datetime",
    "RequestFactory": "Client: Client(app).get(...)",
    "TestCase": "plain functions for pytest, with Client(app)",
    "SimpleUploadedFile": 'Client(app).post("/photos", files={"photo": ("a.png", b"...")})',
    "Field": "Meta for a bound, Annotated[str, Meta(max_length=80)]; field for a column; demijohn.forms.Field in forms",
    "field_validator": "__post_init__ of the Schema, raising ValueError",
    "validator": "__post_init__ of the Schema, raising ValueError",
    "EmailStr": "Email, from demijohn.forms: email: Email",
    "RequestValidationError": "UnprocessableContent: @app.on_error(UnprocessableContent)",
    "ValidationError": "UnprocessableContent: @app.on_error(UnprocessableContent)",
    "jsonable_encoder": "the value itself: return it; @app.encoder for a type of your own",
    "run_in_threadpool": "a plain def, which runs where blocking is harmless; or asyncio.to_thread(...)",
    "asynccontextmanager": _LIFESPAN,
    "lifespan": _LIFESPAN,
    "Jinja2Templates": 'Templates: app.use(Templates()), then return render("a.html", posts=posts)',
    "StaticFiles": "Static: app.use(Static()); in a template, static('app.css')",
    "UJSONResponse": "JSONResponse, or return the dict itself",
    "EventSourceResponse": "EventStream, whose handler yields events",
    "CORSMiddleware": _CORS,
    "GZipMiddleware": "Compression: app.use(Compression())",
    "gzip_page": "Compression: app.use(Compression())",
    "condition": "conditional, which is an around: around=[conditional(etag=...)]",
    "ConditionalGetMiddleware": "etag=True at the route, or conditional",
    "signing": "Signer: Signer(keys, purpose).sign(value)",
    "TimestampSigner": "Signer: Signer(keys, purpose).unsign(token, max_age=3600)",
    "URLSafeTimedSerializer": "Signer: Signer(keys, purpose).unsign(token, max_age=3600)",
    "CommonMiddleware": "nothing: slashes, HEAD and conditions are looked after by default",
    "TrustedHostMiddleware": 'Security: app.use(Security(hosts=["example.org"]))',
    "ProxyFix": 'Security: app.use(Security(trusted_proxies=["10.0.0.0/8"]))',
    "ProxyHeadersMiddleware": 'Security: app.use(Security(trusted_proxies=["10.0.0.0/8"]))',
    "HTTPSRedirectMiddleware": "Security: app.use(Security(https=True))",
    "SessionMiddleware": "Sessions: app.use(Sessions()), and def show(session: Session)",
    "WebSocketException": "ws.close(code, reason)",
    "Route": 'path: app.urls(path("/posts", index, name="index"))',
    "APIRoute": 'path: app.urls(path("/posts", index, name="index"))',
    "WebSocketRoute": '@app.websocket("/chat")',
    "Mount": "app.mount(...), or app.include(blueprint, prefix=...)",
    "get": '@app.get("/"), of your app',
    "post": '@app.post("/"), of your app',
    "route": '@app.route("/"), of your app',
    "Annotated": "from typing import Annotated",
    "Optional": "str | None, or from typing import Optional",
}

# Types of parameters, by the module and name that they have elsewhere.
TYPES: Final = {
    "sqlalchemy.orm.session.Session": "from demijohn.database import Database\napp.use(Database())",
    "sqlalchemy.ext.asyncio.session.AsyncSession": "from demijohn.database import Database\napp.use(Database())",
    "starlette.requests.HTTPConnection": "from demijohn import Request",
    "starlette.requests.Request": "from demijohn import Request",
    "flask.wrappers.Request": "from demijohn import Request",
    "django.http.request.HttpRequest": "from demijohn import Request",
    "fastapi.datastructures.UploadFile": "from demijohn import UploadedFile",
    "starlette.datastructures.UploadFile": "from demijohn import UploadedFile",
    "starlette.background.BackgroundTasks": "from demijohn import BackgroundTasks",
    "starlette.websockets.WebSocket": "from demijohn import WebSocket",
    "starlette.responses.Response": (
        'A handler returns its response: return JSONResponse({...}), or return {...}, 201, {"x-total": "3"}'
    ),
    "demijohn.foundation.http.response.Response": (
        'A handler returns its response: return JSONResponse({...}), or return {...}, 201, {"x-total": "3"}'
    ),
}

# What is written beside a parameter.
MARKERS: Final = {
    "fastapi.params.Security": "from demijohn import Depends",
    "fastapi.params.Depends": "from demijohn import Depends",
    "fastapi.params.Path": "from demijohn import Path",
    "fastapi.params.Query": "from demijohn import Query",
    "fastapi.params.Header": "from demijohn import Header",
    "fastapi.params.Cookie": "from demijohn import Cookie",
    "fastapi.params.File": "A file is found by its type: {name}: UploadedFile",
    "fastapi.params.Form": "Annotated[str, FormField()], or a Schema for the whole form",
    "fastapi.params.Body": "from demijohn import Body",
    "pydantic.fields.FieldInfo": "Annotated[int, Query(ge=1)], or Meta(ge=1) in a Schema: bounds are theirs",
    "annotated_types.BaseMetadata": "Annotated[int, Query(ge=1)], or Meta(ge=1) in a Schema: bounds are theirs",
}

# What a handler returns.
RESPONSES: Final = {
    "starlette.templating._TemplateResponse": 'return render("a.html", posts=posts)',
    "starlette.responses.JSONResponse": "return the dict or list itself, or Demijohn's JSONResponse",
    "starlette.responses.RedirectResponse": 'return redirect(show, id=1), or redirect("/x")',
    "starlette.responses.FileResponse": "return Demijohn's FileResponse(path)",
    "starlette.responses.StreamingResponse": "yield in the handler, or return Demijohn's StreamingResponse",
    "starlette.responses.HTMLResponse": 'return HTML("<p>{}</p>", name), which escapes, or render(...)',
    "starlette.responses.Response": "return Demijohn's Response",
    "django.http.response.JsonResponse": "return the dict or list itself",
    "django.http.response.HttpResponseRedirectBase": 'return redirect(show, id=1), or redirect("/x")',
    "django.http.response.StreamingHttpResponse": "yield in the handler, or return StreamingResponse",
    "django.http.response.HttpResponse": 'return HTML("<p>{}</p>", name), which escapes, render(...) or Response(...)',
    "django.http.response.HttpResponseBase": "return Demijohn's Response",
    "werkzeug.wrappers.response.Response": "return Demijohn's Response, redirect(...), or the dict itself",
}

# What a handler raises.
EXCEPTIONS: Final = {
    "starlette.exceptions.HTTPException": "Raise Demijohn's: raise HTTPError(404, ...), or raise NotFound(...).",
    "werkzeug.exceptions.HTTPException": "Raise Demijohn's: raise HTTPError(404, ...), or raise NotFound(...).",
    "django.http.response.Http404": "Raise Demijohn's: raise NotFound(...).",
    "django.core.exceptions.PermissionDenied": "Raise Demijohn's: raise Forbidden(...).",
    "django.core.exceptions.ImproperlyConfigured": (
        "Django's settings are not read here: import what you need from demijohn; class Settings(Config) is for yours."
    ),
}

_OF_FLASK = {
    "Working outside of request context.": (
        "Flask's request and session know nothing of this app: "
        "def show(request: Request, session: Session), of demijohn."
    ),
    "Working outside of application context.": (
        "Flask's g, current_app, url_for and jsonify know nothing of this app: request.state, a parameter by its type,"
        " url(show, id=1), and the dict itself."
    ),
}


def _known(kind: type, table: dict[str, str]) -> str | None:
    for base in kind.__mro__:
        instead = table.get(f"{base.__module__}.{base.__qualname__}")
        if instead is not None:
            return instead
    return None


def type_fix(kind: Any) -> str | None:
    """What to write for a parameter of another framework's type; None for a type that is nobody's habit."""
    return _known(kind, TYPES) if isinstance(kind, type) else None


def returned_fix(kind: type) -> str | None:
    """What to return instead of another framework's response; None for other types."""
    return _known(kind, RESPONSES)


def looks_like_an_answer(value: tuple[Any, ...]) -> bool:
    """Whether a returned tuple is Flask's `(body, "404 NOT FOUND")` or `(body, headers)`, which are lists here."""
    if len(value) not in (2, 3) or not isinstance(value[0], str):
        return False
    status = value[1]
    if isinstance(status, dict):
        return len(value) == 2 and all(isinstance(each, str) for item in status.items() for each in item)
    return isinstance(status, str) and status[:3].isdigit() and status[3:4] in ("", " ")


def raised_fix(error: BaseException) -> str | None:
    """What to raise or ask for instead of what another framework's exception was about; None for other exceptions."""
    kind = type(error)
    if kind is RuntimeError:
        return _OF_FLASK.get(str(error).partition("\n")[0])
    if kind.__module__ == "jinja2.exceptions":
        return template_fix(str(error))
    return None if kind.__module__.startswith(("builtins", "demijohn.")) else _known(kind, EXCEPTIONS)


def refuse_markers(name: str, things: list[Any], owner: str, where: Where) -> None:
    """Refuse another framework's marker at a parameter: unread, it would take a value that was not meant."""
    for thing in things:
        instead = _known(type(thing), MARKERS)
        if instead is not None:
            kind = type(thing)
            raise SetupError(
                "DMJ0390", f"{owner}({name}): {kind.__name__} is a marker of {kind.__module__.partition('.')[0]},"
                " which nothing here reads.", fix=instead.replace("{name}", name), where=where,
            )  # fmt: skip


def refuse_defaults(name: str, namespace: dict[str, Any]) -> None:
    """Refuse another library's `Field(...)` as the default of a schema's field: it would be taken for the value."""
    for field, value in namespace.items():
        # A `Meta` belongs into `Annotated`: as a default it makes the field one that may be left out.
        if _known(type(value), MARKERS) is not None or type(value).__name__ == "Meta":
            raise SetupError(
                "DMJ0391", f"{name}.{field} has a {type(value).__name__} of {type(value).__module__.partition('.')[0]}"
                " for its default.", fix=f"{field}: Annotated[str, Meta(max_length=80)] = \"\"", where=Where.caller(),
            )  # fmt: skip
