"""Flask's quickstart, page by page, as somebody types it here who comes from there."""

from pathlib import Path

from demijohn import (
    HTML,
    App,
    HTTPError,
    InlineTemplates,
    NotFound,
    Request,
    Response,
    Schema,
    Templates,
    Unauthorized,
    UploadedFile,
    redirect,
    render,
    url,
)

app = App(__name__)
app.use(Templates())
app.register(
    InlineTemplates("""
@@ hello.html
<!doctype html>
<title>Hello from Demijohn</title>
{% if person %}
  <h1>Hello {{ person }}!</h1>
{% else %}
  <h1>Hello, World!</h1>
{% endif %}
@@ page_not_found.html
<h1>Page Not Found</h1>
<p>{{ request.path }} is not here.</p>
""")
)


# A minimal application, HTML escaping


@app.route("/")
def index():
    return HTML("<p>Hello, World!</p>")


@app.route("/greet/{name}")
def greet(name):
    return HTML("<p>Hello, {}!</p>", name)


# Routing: variable rules, unique URLs


@app.route("/user/{username}")
def show_user_profile(username):
    return f"User {username}"


@app.route("/post/{post_id}")
def show_post(post_id: int):
    return f"Post {post_id}"


@app.route("/path/{subpath:path}")
def show_subpath(subpath):
    return f"Subpath {subpath}"


@app.route("/projects/")
def projects():
    return "The project page"


@app.route("/about")
def about():
    return "The about page"


# URL building


@app.route("/links")
def links():
    return [url(index), url("login_form"), url("login_form", next="/"), url(show_user_profile, username="John Doe")]


# HTTP methods, the request object


@app.get("/login")
def login_form(next: str = ""):
    return render("hello.html", person=None)


@app.post("/login")
def login(request: Request):
    if request.form["username"] == "admin" and request.form["password"] == "default":
        return redirect(show_user_profile, username=request.form["username"])
    return "Invalid username/password", 401


@app.route("/both", methods=["GET", "POST"])
def both(request):
    if request.method == "POST":
        return f"posted {request.form['word']}"
    return f"searched {request.query.get('key', '')}"


@app.route("/hello/")
@app.route("/hello/{name}")
def hello(name: str | None = None):
    return render("hello.html", person=name)


# File uploads


@app.post("/upload")
def upload_file(the_file: UploadedFile):
    return {"name": the_file.filename, "bytes": len(the_file.read())}


@app.post("/upload/plain")
def upload_from_request(request: Request):
    target = Path(request.query["to"]) / "uploaded_file.txt"
    request.files["the_file"].save(target)
    return f"saved {target.name}"


# Cookies


@app.get("/cookie")
def read_cookie(request: Request):
    return request.cookies.get("username", "nobody")


@app.get("/cookie/set")
def set_cookie():
    response = Response("welcome")
    response.set_cookie("username", "ann")
    return response


# Redirects and errors


@app.route("/old")
def old():
    return redirect(refused)


@app.route("/refused")
def refused():
    raise Unauthorized


@app.route("/teapot")
def teapot():
    raise HTTPError(418, "No coffee here.")


@app.route("/gone/{id}")
def gone(id: int):
    raise NotFound


@app.on_error(404)
def page_not_found(error, request: Request):
    return render("page_not_found.html", status=404), 404, {"x-missing": "yes"}


# APIs with JSON


class User(Schema):
    username: str
    theme: str
    image: str


def current_user():
    return User(username="ann", theme="dark", image="/ann.png")


@app.route("/me")
def me_api():
    user = current_user()
    return {"username": user.username, "theme": user.theme, "image": user.image}


@app.route("/users")
def users_api():
    return [current_user()]


@app.route("/tuple")
def with_tuple():
    return {"made": True}, 201, {"x-parachutes": "are cool"}
