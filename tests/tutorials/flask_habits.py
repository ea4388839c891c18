"""What users of Flask type from habit, and what they are told: the wording is pinned."""

# ruff: noqa: E501
# (what it is, what is typed, what is asked then, what is said)
HABITS = [
    (
        "import Flask",
        """
from demijohn import Flask
""",
        None,
        "demijohn has no Flask. Instead: App: from demijohn import App; app = App()",
    ),
    (
        "import request",
        """
from demijohn import request
""",
        None,
        "demijohn has no request. Instead: a parameter: def show(request: Request)",
    ),
    (
        "import jsonify",
        """
from demijohn import jsonify
""",
        None,
        "demijohn has no jsonify. Instead: return the dict or list itself",
    ),
    (
        "import abort",
        """
from demijohn import abort
""",
        None,
        "demijohn has no abort. Instead: raise NotFound() or raise HTTPError(409, ...)",
    ),
    (
        "import url_for",
        """
from demijohn import url_for
""",
        None,
        "demijohn has no url_for. Instead: url: url(show, id=1)",
    ),
    (
        "import render_template",
        """
from demijohn import render_template
""",
        None,
        'demijohn has no render_template. Instead: render: return render("a.html", posts=posts)',
    ),
    (
        "import render_template_string",
        """
from demijohn import render_template_string
""",
        None,
        'demijohn has no render_template_string. Instead: HTML: return HTML("<p>{}</p>", name), which escapes',
    ),
    (
        "import session",
        """
from demijohn import session
""",
        None,
        "demijohn has no session. Instead: a parameter: def show(session: Session), of demijohn, with app.use(Sessions())",
    ),
    (
        "import g",
        """
from demijohn import g
""",
        None,
        "demijohn has no g. Instead: request.state: request.state.visitor = ...",
    ),
    (
        "import make_response",
        """
from demijohn import make_response
""",
        None,
        "demijohn has no make_response. Instead: Response: response = Response(body, 201, headers={...})",
    ),
    (
        "import send_file",
        """
from demijohn import send_file
""",
        None,
        "demijohn has no send_file. Instead: FileResponse: return FileResponse(path)",
    ),
    (
        "import send_from_directory",
        """
from demijohn import send_from_directory
""",
        None,
        "demijohn has no send_from_directory. Instead: FileResponse: return FileResponse(path), or the Static battery for a whole folder",
    ),
    (
        "import current_app",
        """
from demijohn import current_app
""",
        None,
        "demijohn has no current_app. Instead: a parameter of the type that you need: services are asked for by type",
    ),
    (
        "import escape",
        """
from demijohn import escape
""",
        None,
        'demijohn has no escape. Instead: HTML: return HTML("<p>{}</p>", name), which escapes; or markupsafe.escape',
    ),
    (
        "<username>",
        """
@app.route("/user/<username>")
def profile(username):
    return username
""",
        None,
        """
DMJ0203  <username> in /user/<username> is Flask's spelling of a parameter.
  at app.py:1
  Fix: Write "/user/{username}" and def handler(username: str).
""",
    ),
    (
        "<int:post_id>",
        """
@app.route("/post/<int:post_id>")
def show_post(post_id):
    return str(post_id)
""",
        None,
        """
DMJ0203  <int:post_id> in /post/<int:post_id> is Flask's spelling of a parameter.
  at app.py:1
  Fix: Write "/post/{post_id}" and def handler(post_id: int).
""",
    ),
    (
        "<path:subpath>",
        """
@app.route("/path/<path:subpath>")
def show_subpath(subpath):
    return subpath
""",
        None,
        """
DMJ0203  <path:subpath> in /path/<path:subpath> is Flask's spelling of a parameter.
  at app.py:1
  Fix: Write "/path/{subpath:path}".
""",
    ),
    (
        "methods as str",
        """
@app.route("/", methods="POST")
def index():
    return ""
""",
        None,
        """
DMJ0106  methods='POST' is a str.
  at app.py:1
  Fix: methods=['POST']
""",
    ),
    (
        "app.run",
        """
if True:
    app.run(debug=True)
""",
        None,
        """
DMJ0102  An App has no 'run'.
  at app.py:2
  Fix: Start it from the shell: demijohn dev (while writing), demijohn serve app:app (in production).
""",
    ),
    (
        "errorhandler",
        """
@app.errorhandler(404)
def missing(error):
    return "gone", 404
""",
        None,
        """
DMJ0102  An App has no 'errorhandler'.
  at app.py:1
  Fix: @app.on_error(404)
       def not_found(error): ...
""",
    ),
    (
        "register_error_handler",
        """
app.register_error_handler(404, print)
""",
        None,
        """
DMJ0102  An App has no 'register_error_handler'.
  at app.py:1
  Fix: app.on_error(404)(not_found)
""",
    ),
    (
        "register_blueprint",
        """
app.register_blueprint(None)
""",
        None,
        """
DMJ0102  An App has no 'register_blueprint'.
  at app.py:1
  Fix: app.include(posts, prefix="/posts")
""",
    ),
    (
        "Blueprint",
        """
from demijohn import Blueprint
bp = Blueprint("auth", __name__, url_prefix="/auth")
""",
        None,
        """
DMJ0111  Blueprint() has no option url_prefix.
  at app.py:2
  Fix: posts = Blueprint("auth", prefix="/auth")
""",
    ),
    (
        "static_folder",
        """
app = App(__name__, static_folder="assets")
""",
        None,
        """
DMJ0103  App() has no option 'static_folder'.
  at app.py:1
  Fix: app.use(Static("static"))
""",
    ),
    (
        "app.config",
        """
app.config["SECRET_KEY"] = "dev"
""",
        None,
        """
DMJ0102  An App has no 'config'.
  at app.py:1
  Fix: class Settings(Config, prefix="SHOP_"):
           currency: str = "EUR"
       A handler asks for it by its type.
""",
    ),
    (
        "secret_key",
        """
app.secret_key = "dev"
""",
        None,
        """
DMJ0102  An App has no 'secret_key'.
  at app.py:1
  Fix: Set SECRET_KEY in the environment or in .env; it does not belong in the code.
""",
    ),
    (
        "add_url_rule",
        """
app.add_url_rule("/", "index", print)
""",
        None,
        """
DMJ0102  An App has no 'add_url_rule'.
  at app.py:1
  Fix: app.urls(path("/posts", index, name="index"))
""",
    ),
    (
        "generate_password_hash",
        """
from demijohn import generate_password_hash
""",
        None,
        "demijohn has no generate_password_hash. Instead: PasswordHash, from demijohn.database: PasswordHash.of(text), and account.password.verify(text)",
    ),
    (
        "test_cli_runner",
        """
app.test_cli_runner()
""",
        None,
        """
DMJ0102  An App has no 'test_cli_runner'.
  at app.py:1
  Fix: Client(app).run("purge", "--days", "7")
""",
    ),
    (
        "test_client",
        """
app.test_client()
""",
        None,
        """
DMJ0102  An App has no 'test_client'.
  at app.py:1
  Fix: from demijohn.testing import Client
       client = Client(app)
""",
    ),
    (
        "teardown_appcontext",
        """
@app.teardown_appcontext
def close_db(error):
    ...
""",
        None,
        """
DMJ0102  An App has no 'teardown_appcontext'.
  at app.py:1
  Fix: Let a provider clean up after its yield:
       @app.provide
       def connect() -> Iterator[DB]: ...
""",
    ),
    (
        "context_processor",
        """
@app.context_processor
def inject():
    return {}
""",
        None,
        """
DMJ0102  An App has no 'context_processor'.
  at app.py:1
  Fix: app.register(ContextValue("user", find_user))   it is handed the request
""",
    ),
    (
        "template_filter",
        """
@app.template_filter("reverse")
def reverse(text):
    return text[::-1]
""",
        None,
        """
DMJ0102  An App has no 'template_filter'.
  at app.py:1
  Fix: app.register(TemplateFilter("money", money))
""",
    ),
    (
        "wsgi_app",
        """
app.wsgi_app = print(app.wsgi_app)
""",
        None,
        """
DMJ0102  An App has no 'wsgi_app'.
  at app.py:1
  Fix: app.wsgi = Middleware(app.wsgi)
""",
    ),
    (
        "logger",
        """
app.logger.info("hello")
""",
        None,
        """
DMJ0102  An App has no 'logger'.
  at app.py:1
  Fix: logging.getLogger("app").info(...)
""",
    ),
    (
        "app_context",
        """
with app.app_context():
    ...
""",
        None,
        """
DMJ0102  An App has no 'app_context'.
  at app.py:1
  Fix: Nothing: there is no application context. Outside of a request, links are app.url(...).
""",
    ),
    (
        "endpoint",
        """
@app.route("/", endpoint="home")
def index():
    return ""
""",
        None,
        """
DMJ0112  A route has no option 'endpoint'.
  at app.py:1
  Fix: name="show"
""",
    ),
    (
        "strict_slashes",
        """
@app.route("/", strict_slashes=False)
def index():
    return ""
""",
        None,
        """
DMJ0112  A route has no option 'strict_slashes'.
  at app.py:1
  Fix: Nothing: the other spelling is redirected to the one you wrote.
""",
    ),
    (
        "defaults",
        """
@app.route("/", defaults={"page": 1})
def index(page):
    return ""
""",
        None,
        """
DMJ0112  A route has no option 'defaults'.
  at app.py:1
  Fix: Give the parameter a default in the signature: def show(page: int = 1)
""",
    ),
    (
        "no parentheses",
        """
@app.route
def index():
    return ""
""",
        None,
        """
DMJ0110  A route's path is text, not index().
  at app.py:1
  Fix: @app.get("/index")
""",
    ),
    (
        "two routes, one default",
        """
@app.route("/hello/")
@app.route("/hello/{name}")
def hello(name=None):
    return "Hello"
""",
        None,
        """
DMJ0301  hello() takes 'name', which has no annotation and is not in the path.
  at app.py:1 in hello
  Fix: def hello(name: str | None = None)   for a query parameter ?name=...
""",
    ),
    (
        "request.args",
        """
@app.route("/")
def index(request):
    return request.args.get("q", "")
""",
        "GET /",
        "A Demijohn request has no 'args': write request.query.",
    ),
    (
        "request.get_json",
        """
@app.post("/")
def index(request):
    return request.get_json()
""",
        "POST /",
        "A Demijohn request has no 'get_json': write request.json().",
    ),
    (
        "request.json[]",
        """
@app.post("/")
def index(request):
    return request.json["name"]
""",
        "POST /",
        """
'method' object is not subscriptable
It is called first: request.json()["name"].
""",
    ),
    (
        "request.remote_addr",
        """
@app.route("/")
def index(request):
    return request.remote_addr
""",
        "GET /",
        "A Demijohn request has no 'remote_addr': write request.client.",
    ),
    (
        "returning None",
        """
@app.route("/")
def index():
    ...
""",
        "GET /",
        "index() returned nothing: a branch ends without return. Return text, a dict, a schema or render(...); if nothing is what you mean, annotate it -> None (204).",
    ),
    (
        "url of nothing",
        """
from demijohn import url
@app.route("/")
def index():
    return url("missing")
""",
        "GET /",
        "No route is called 'missing'. There are: index.",
    ),
    (
        "url of a blueprint's",
        """
from demijohn import url
@app.route("/")
def index():
    return url(".index")
""",
        "GET /",
        "No route is called '.index'. Did you mean index?",
    ),
    (
        "url without its value",
        """
from demijohn import url
@app.route("/user/{name}")
def profile(name):
    return name
@app.route("/")
def index():
    return url("profile")
""",
        "GET /",
        "url('profile') needs name: its path is /user/{name}.",
    ),
    (
        "url outside",
        """
from demijohn import url
url("index")
""",
        None,
        "url() was called where no request is being answered: use app.url(...) of your App.",
    ),
    (
        "redirect code",
        """
from demijohn import redirect
@app.route("/")
def index():
    return redirect("/login", code=302)
""",
        "GET /",
        "redirect() has no code=: redirect('/login', status=302).",
    ),
    (
        "Response mimetype",
        """
from demijohn import Response
@app.route("/")
def index():
    return Response("a,b", mimetype="text/csv")
""",
        "GET /",
        """
Response.__init__() got an unexpected keyword argument 'mimetype'
Instead of mimetype=, give media_type=.
""",
    ),
    (
        "response.status_code",
        """
from demijohn import Response
@app.route("/")
def index():
    response = Response("made")
    response.status_code = 201
    return response
""",
        "GET /",
        """
'Response' object has no attribute 'status_code'
What is status_code elsewhere is status here.
""",
    ),
    (
        "cookie with a space",
        """
from demijohn import Response
@app.route("/")
def index():
    response = Response("")
    response.set_cookie("username", "the username")
    return response
""",
        "GET /",
        "The value of the cookie username has ' ' at position 3, which cookies cannot carry: encode the value, with urllib.parse.quote or base64.urlsafe_b64encode, and decode it when it is read.",
    ),
    (
        "returning an object",
        """
@app.route("/")
def index():
    return object()
""",
        "GET /",
        "Values of object cannot be sent as JSON: return a Schema made from it, or say how: @app.encoder(object) def encode(value): return {...}",
    ),
    (
        "two of a name",
        """
@app.route("/a")
def index():
    return ""
@app.route("/b")
def index():
    return ""
""",
        None,
        """
DMJ0207  Two handlers are called index: links by name would be ambiguous.
  at app.py:1
  at app.py:4
  Fix: Rename one, or say name="..." at its route.
""",
    ),
    (
        "before_first_request",
        """
@app.before_first_request
def start():
    ...
""",
        None,
        """
DMJ0102  An App has no 'before_first_request'.
  at app.py:1
  Fix: @app.lifespan
       def life():
           ...      # before the first request
           yield
           ...      # at the end
""",
    ),
    (
        "render without Templates",
        """
from demijohn import render
@app.route("/")
def index():
    return render("index.html")
""",
        "GET /",
        """
DMJ0309  index() calls render(), which needs the Templates battery: it is not in use.
  at app.py:2
  Fix: from demijohn.templates import Templates
       app.use(Templates())
""",
    ),
    (
        "late route",
        """
app.seal()
@app.route("/")
def index():
    return ""
""",
        None,
        """
DMJ0101  The app is sealed: it is too late to add a route.
  at app.py:2
  at app.py:1 in sealed here
  Fix: Put this above what starts the app (a server, a Client or app.seal()).
""",
    ),
    (
        "returning Flask's jsonify",
        """
import flask
@app.get("/")
def index():
    return flask.jsonify({"a": 1})
""",
        "GET /",
        """
Working outside of application context.

This typically means that you attempted to use functionality that needed
the current application. To solve this, set up an application context
with app.app_context(). See the documentation for more information.
Flask's g, current_app, url_for and jsonify know nothing of this app: request.state, a parameter by its type, url(show, id=1), and the dict itself.
""",
    ),
    (
        "Flask's abort",
        """
from flask import abort
@app.get("/")
def index():
    abort(404)
""",
        "GET /",
        """
404 Not Found: The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.
Raise Demijohn's: raise HTTPError(404, ...), or raise NotFound(...).
""",
    ),
    (
        "Flask's request",
        """
from flask import request
@app.get("/")
def index():
    return request.args["q"]
""",
        "GET /",
        """
Working outside of request context.

This typically means that you attempted to use functionality that needed
an active HTTP request. Consult the documentation on testing for
information about how to avoid this problem.
Flask's request and session know nothing of this app: def show(request: Request, session: Session), of demijohn.
""",
    ),
    (
        "url_for of Flask",
        """
from flask import url_for
@app.get("/")
def index():
    return url_for("index")
""",
        "GET /",
        """
Working outside of application context.

This typically means that you attempted to use functionality that needed
the current application. To solve this, set up an application context
with app.app_context(). See the documentation for more information.
Flask's g, current_app, url_for and jsonify know nothing of this app: request.state, a parameter by its type, url(show, id=1), and the dict itself.
""",
    ),
    (
        "g as a parameter",
        """
@app.get("/")
def index(g):
    return g.user
""",
        None,
        """
DMJ0301  index() takes 'g', which has no annotation and is not in the path.
  at app.py:1 in index
  Fix: def show(request):
           request.state.visitor = ...
""",
    ),
    (
        "import flash",
        """
from demijohn import flash
""",
        None,
        """
demijohn has no flash. Instead: a method of the session: def save(session: Session), and session.flash("Saved.", "success")
""",
    ),
    (
        "import MethodView",
        """
from demijohn import MethodView
""",
        None,
        """
demijohn has no MethodView. Instead: View: @app.view("/posts") on class Posts(View), with methods get and post
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
        "send_static_file",
        """
app.send_static_file("a.css")
""",
        None,
        """
DMJ0102  An App has no 'send_static_file'.
  at app.py:1
  Fix: return FileResponse("static/a.css")
""",
    ),
    (
        "app.secret_key =",
        """
app.secret_key = "dev"
""",
        None,
        """
DMJ0102  An App has no 'secret_key'.
  at app.py:1
  Fix: Set SECRET_KEY in the environment or in .env; it does not belong in the code.
""",
    ),
    (
        "subdomain=",
        """
from demijohn import Blueprint
api = Blueprint("api", subdomain="api")
""",
        None,
        """
DMJ0103  Blueprint() has no option 'subdomain'.
  at app.py:2
  Fix: Blueprint("api", host="api.example.org")
""",
    ),
    (
        "SQLAlchemy(app)",
        """
from demijohn import SQLAlchemy
""",
        None,
        """
demijohn has no SQLAlchemy. Instead: Database: app.use(Database()); a handler asks for db: DB
""",
    ),
    (
        "app.cli",
        """
@app.cli.command()
def init_db(): ...
""",
        None,
        """
DMJ0102  An App has no 'cli'.
  at app.py:1
  Fix: @app.command
       def purge(days: int = 30, *, db: DB): ...      # typed: demijohn purge --days 7
""",
    ),
    (
        "blueprint.before_app_request",
        """
from demijohn import Blueprint
auth = Blueprint("auth")
@auth.before_app_request
def load(): ...
""",
        None,
        """
DMJ0102  A Blueprint has no 'before_app_request'.
  at app.py:3
  Fix: @app.before_request on the App itself
""",
    ),
    (
        "request.form()",
        """
@app.post("/")
def index(request):
    return request.form()["a"]
""",
        "POST /",
        """
'MultiDict' object is not callable
Leave the () out: request.form and request.files are read already.
""",
    ),
    (
        "url_for in a template",
        """
from demijohn import InlineTemplates, Templates, render
app.use(Templates(strict=True))
app.register(InlineTemplates({"a.html": '{{ url_for("index") }}'}))
@app.get("/")
def index():
    return render("a.html")
""",
        "GET /",
        """
'url_for' is undefined
Links are url('show', id=1), files static('app.css').
""",
    ),
    (
        "get_flashed_messages in a template",
        """
from demijohn import InlineTemplates, Templates, render
app.use(Templates(strict=True))
app.register(InlineTemplates({"a.html": '{{ get_flashed_messages() }}'}))
@app.get("/")
def index():
    return render("a.html")
""",
        "GET /",
        """
'get_flashed_messages' is undefined
It is messages(), with app.use(Sessions()); each has a category.
""",
    ),
    (
        "g in a template",
        """
from demijohn import InlineTemplates, Templates, render
app.use(Templates(strict=True))
app.register(InlineTemplates({"a.html": '{{ g.user }}'}))
@app.get("/")
def index():
    return render("a.html")
""",
        "GET /",
        """
'g' is undefined
It is request.state.
""",
    ),
    (
        "url_for's _external",
        """
from demijohn import url
@app.get("/")
def index(request):
    return url("index", _external=True)
""",
        "GET /",
        """
url('index') has no '_external'. Instead: f"{request.scheme}://{request.host}{url(show)}"
""",
    ),
    (
        "Flask-SQLAlchemy: init_app",
        """
from demijohn import Database

db = Database()
db.init_app(app)
""",
        None,
        "'Database' object has no attribute 'init_app'. Write app.use(Database())",
    ),
    (
        "Flask-SQLAlchemy: db.Model",
        """
from demijohn import Database

db = Database()


class Post(db.Model):
    pass
""",
        None,
        "'Database' object has no attribute 'Model'. Write Model, from demijohn: class Post(Model): title: Mapped[str] = field(max_length=200)",
    ),
    (
        "Flask-Migrate",
        """
from demijohn import Migrate
""",
        None,
        "demijohn has no Migrate. Instead: nothing: demijohn db make and demijohn db migrate, with app.use(Database())",
    ),
    (
        "Flask-Login",
        """
from demijohn import LoginManager
""",
        None,
        "demijohn has no LoginManager. Instead: nothing yet, this version has no sign-in; an around can guard a route: around=[guard]",
    ),
    (
        "Flask-Limiter",
        """
from demijohn import Limiter
""",
        None,
        """
demijohn has no Limiter. Instead: rate_limit, from demijohn.security: around=[rate_limit("10/minute")]
""",
    ),
    (
        "Flask-WTF: CSRFProtect",
        """
from demijohn import CSRFProtect
""",
        None,
        "demijohn has no CSRFProtect. Instead: nothing: forged requests are refused already",
    ),
    (
        "Flask-WTF: from demijohn.forms import FlaskForm",
        """
from demijohn.forms import FlaskForm
""",
        None,
        "demijohn.forms has no FlaskForm. Instead: a Schema with types, title: Annotated[str, Meta(max_length=80)], and a handler with form: Form[PostIn]",
    ),
    (
        "WTForms: validators",
        """
from demijohn.forms import validators
""",
        None,
        "demijohn.forms has no validators. Instead: bounds stand in the type, Annotated[str, Meta(max_length=80)]; others: Field(validators=[check])",
    ),
    (
        "test client: query_string",
        """
from demijohn import Client


@app.get("/")
def show(a: int):
    return str(a)


Client(app).get("/", query_string={"a": 1})
""",
        None,
        "A request of a test takes no query_string=. Write query={...}",
    ),
    (
        "import several names at once",
        """
from demijohn import App, flash, redirect, session, url_for
""",
        None,
        """
demijohn has no flash. Instead: a method of the session: def save(session: Session), and session.flash("Saved.", "success")
Nor session. Instead: a parameter: def show(session: Session), of demijohn, with app.use(Sessions())
Nor url_for. Instead: url: url(show, id=1)
""",
    ),
    (
        "request.args in a template",
        """
from demijohn import InlineTemplates, Templates, render
app.use(Templates())
app.register(InlineTemplates({"a.html": "{{ request.args.q }}"}))
@app.get("/")
def home():
    return render("a.html")
""",
        "GET /",
        """
'demijohn.gateways.wsgi.WSGIRequest object' has no attribute 'args'
It is request.query.
""",
    ),
    (
        "request.state in a template, which nothing has set",
        """
from demijohn import InlineTemplates, Templates, render
app.use(Templates(strict=True))
app.register(InlineTemplates({"a.html": "{{ request.state.user.name }}"}))
@app.get("/")
def home():
    return render("a.html")
""",
        "GET /",
        """
'types.SimpleNamespace object' has no attribute 'user'
request.state has what something before has set: a before_request or an around of this app or blueprint.
""",
    ),
    (
        "test_cli_runner of a client",
        """
from demijohn.testing import Client
Client(app).test_cli_runner()
""",
        None,
        """
'Client' object has no attribute 'test_cli_runner'. Write client.run("purge", "--days", "7")
""",
    ),
]
