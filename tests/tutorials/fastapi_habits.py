"""What users of FastAPI type from habit, and what they are told: the wording is pinned."""

# ruff: noqa: E501
# (what it is, what is typed, what is asked then, what is said)
HABITS = [
    (
        "import FastAPI",
        """
from demijohn import FastAPI
""",
        None,
        "demijohn has no FastAPI. Instead: App: from demijohn import App; app = App()",
    ),
    (
        "import APIRouter",
        """
from demijohn import APIRouter
""",
        None,
        'demijohn has no APIRouter. Instead: Blueprint: posts = Blueprint("posts"); app.include(posts, prefix="/posts")',
    ),
    (
        "import HTTPException",
        """
from demijohn import HTTPException
""",
        None,
        "demijohn has no HTTPException. Instead: HTTPError: raise HTTPError(404, ...), or raise NotFound()",
    ),
    (
        "import BaseModel",
        """
from demijohn import BaseModel
""",
        None,
        "demijohn has no BaseModel. Instead: Schema: class Item(Schema): ...",
    ),
    (
        "import Form",
        """
from demijohn import Form
@app.post("/login")
def login(name: str = Form()):
    return name
""",
        None,
        "Form is for a whole form, form: Form[PostIn]. One field of a form is a parameter: title: Annotated[str, FormField()].",
    ),
    (
        "import File",
        """
from demijohn import File
""",
        None,
        "demijohn has no File. Instead: UploadedFile: def upload(photo: UploadedFile)",
    ),
    (
        "import UploadFile",
        """
from demijohn import UploadFile
""",
        None,
        "demijohn has no UploadFile. Instead: UploadedFile: def upload(photo: UploadedFile)",
    ),
    (
        "import TestClient",
        """
from demijohn import TestClient
""",
        None,
        "demijohn has no TestClient. Instead: Client: client = Client(app)",
    ),
    (
        "import status",
        """
from demijohn import status
""",
        None,
        "demijohn has no status. Instead: the number itself: status=201",
    ),
    (
        "{item_id:int}",
        """
@app.get("/items/{item_id:int}")
def read_item(item_id):
    return item_id
""",
        None,
        """
DMJ0203  {item_id:int} in /items/{item_id:int}: a parameter's type stands in the handler's signature.
  at app.py:1
  Fix: Write "/items/{item_id}" and def handler(item_id: int).
""",
    ),
    (
        "response_model",
        """
@app.get("/", response_model=dict)
def index():
    return {}
""",
        None,
        """
DMJ0112  A route has no option 'response_model'.
  at app.py:1
  Fix: Annotate what is sent: -> PostOut, or, for type checkers, -> Annotated[Post, PostOut]
""",
    ),
    (
        "status_code",
        """
@app.post("/", status_code=201)
def create():
    return {}
""",
        None,
        """
DMJ0112  A route has no option 'status_code'.
  at app.py:1
  Fix: status=201
""",
    ),
    (
        "dependencies",
        """
@app.get("/", dependencies=[])
def index():
    return {}
""",
        None,
        """
DMJ0112  A route has no option 'dependencies'.
  at app.py:1
  Fix: around=[Depends(check)]
""",
    ),
    (
        "response_class",
        """
@app.get("/", response_class=str)
def index():
    return {}
""",
        None,
        """
DMJ0112  A route has no option 'response_class'.
  at app.py:1
  Fix: Return the response itself: return HTMLResponse(...)
""",
    ),
    (
        "App(title=)",
        """
app = App(title="Shop")
""",
        None,
        """
DMJ0103  App() has no option 'title'.
  at app.py:1
  Fix: from demijohn.api import API
       app.use(API(title="Shop", version="1.0"))
""",
    ),
    (
        "App(lifespan=)",
        """
app = App(lifespan=print)
""",
        None,
        """
DMJ0103  App() has no option 'lifespan'.
  at app.py:1
  Fix: @app.lifespan
       def life():
           ...      # before the first request
           yield
           ...      # at the end
""",
    ),
    (
        "App(dependencies=)",
        """
app = App(dependencies=[])
""",
        None,
        """
DMJ0103  App() has no option 'dependencies'.
  at app.py:1
  Fix: around=[Depends(check)] on a Blueprint or a route; @app.around for all.
""",
    ),
    (
        "Blueprint(prefix=)",
        """
from demijohn import Blueprint
router = Blueprint(prefix="/items")
""",
        None,
        """
DMJ0111  A Blueprint takes its name first.
  at app.py:2
  Fix: posts = Blueprint("posts", prefix="/items")
""",
    ),
    (
        "Blueprint()",
        """
from demijohn import Blueprint
router = Blueprint()
""",
        None,
        """
DMJ0111  A Blueprint takes its name first.
  at app.py:2
  Fix: posts = Blueprint("posts")
""",
    ),
    (
        "exception_handler",
        """
@app.exception_handler(ValueError)
async def answer(request, exc):
    return {}
""",
        None,
        """
DMJ0102  An App has no 'exception_handler'.
  at app.py:1
  Fix: @app.on_error(404)
       def not_found(error): ...
""",
    ),
    (
        "include_router",
        """
app.include_router(None, prefix="/items")
""",
        None,
        """
DMJ0102  An App has no 'include_router'.
  at app.py:1
  Fix: app.include(posts, prefix="/posts")
""",
    ),
    (
        "add_middleware",
        """
app.add_middleware(print)
""",
        None,
        """
DMJ0102  An App has no 'add_middleware'.
  at app.py:1
  Fix: app.asgi = Middleware(app.asgi), or an around:
       @app.around
       def timed(request):
           ...
           response = yield
           ...
""",
    ),
    (
        "middleware",
        """
@app.middleware("http")
async def timed(request, call_next):
    return await call_next(request)
""",
        None,
        """
DMJ0102  An App has no 'middleware'.
  at app.py:1
  Fix: @app.around
       def timed(request):
           ...
           response = yield
           ...
""",
    ),
    (
        "on_event",
        """
@app.on_event("startup")
async def start():
    ...
""",
        None,
        """
DMJ0102  An App has no 'on_event'.
  at app.py:1
  Fix: @app.lifespan
       def life():
           ...      # before the first request
           yield
           ...      # at the end
""",
    ),
    (
        "dependency_overrides",
        """
app.dependency_overrides[print] = print
""",
        None,
        """
DMJ0102  An App has no 'dependency_overrides'.
  at app.py:1
  Fix: Client(app, provide={current_user: lambda: User(...)}); a service goes by its type.
""",
    ),
    (
        "app.state",
        """
app.state.pool = 1
""",
        None,
        """
DMJ0102  An App has no 'state'.
  at app.py:1
  Fix: @app.provide(scope="app") makes what handlers share, and hands it to those who ask for its type.
""",
    ),
    (
        "call_next",
        """
@app.around
async def timed(request, call_next):
    return await call_next(request)
@app.get("/")
def index():
    return ""
""",
        None,
        """
DMJ0301  timed() takes 'call_next', which has no annotation and is not in the path.
  at app.py:1 in timed
  Fix: An around has one yield instead:
       @app.around
       def timed(request):
           ...
           response = yield
           ...
""",
    ),
    (
        "unannotated",
        """
@app.get("/items/{item_id}")
def read_item(item_id: int, q):
    return q
""",
        None,
        """
DMJ0301  read_item() takes 'q', which has no annotation and is not in the path.
  at app.py:1 in read_item
  Fix: def read_item(q: str)   for a query parameter ?q=...
       or, if it should be in the path, one of its names: item_id
""",
    ),
    (
        "response: Response",
        """
from demijohn import Response
@app.get("/")
def index(response: Response):
    return {}
""",
        None,
        """
DMJ0303  index(response: Response): nothing here provides demijohn.foundation.http.response.Response.
  at app.py:2 in index
  Fix: A handler returns its response: return JSONResponse({...}), or return {...}, 201, {"x-total": "3"}
""",
    ),
    (
        "db: Session",
        """
from sqlalchemy.orm import Session
@app.get("/")
def index(db: Session):
    return {}
""",
        None,
        """
DMJ0303  index(db: Session): nothing here provides sqlalchemy.orm.session.Session.
  at app.py:2 in index
  Fix: from demijohn.database import Database
       app.use(Database())
""",
    ),
    (
        "db: AsyncSession",
        """
from sqlalchemy.ext.asyncio import AsyncSession
@app.get("/")
async def index(db: AsyncSession):
    return {}
""",
        None,
        """
DMJ0303  index(db: AsyncSession): nothing here provides sqlalchemy.ext.asyncio.session.AsyncSession.
  at app.py:2 in index
  Fix: from demijohn.database import Database
       app.use(Database())
""",
    ),
    (
        "db: DB",
        """
from demijohn import DB
@app.get("/")
def index(db: DB):
    return {}
""",
        None,
        """
DMJ0309  index(db: DB) needs the Database battery, which is not in use.
  at app.py:2 in index
  Fix: from demijohn.database import Database
       app.use(Database())
""",
    ),
    (
        "a class of one's own",
        """
class User:
    ...
@app.get("/")
def index(user: User):
    return {}
""",
        None,
        """
DMJ0303  index(user: User): nothing provides User, and it is no schema.
  at app.py:3 in index
  Fix: To inject it:  @app.provide
                     def make_user() -> User: ...
       To read it from the body: make it a Schema, or Annotated[User, Body()].
""",
    ),
    (
        "Depends() of nothing",
        """
from demijohn import Depends
@app.get("/")
def index(limit: int = Depends()):
    return {}
""",
        None,
        """
DMJ0317  index(limit): Depends() names no function, and int is nothing to call.
  at app.py:2 in index
  Fix: Annotated[T, Depends(make_limit)], with def make_limit(): ...
""",
    ),
    (
        "Depends(called())",
        """
from demijohn import Depends
def limit():
    return 10
@app.get("/")
def index(limit: int = Depends(limit())):
    return {}
""",
        None,
        """
DMJ0317  index(limit): Depends(10) is given no function.
  at app.py:4 in index
  Fix: Name the function without calling it: Depends(current_user), not Depends(current_user()).
""",
    ),
    (
        "Form model",
        """
from typing import Annotated
from demijohn import FormField, Schema
class Login(Schema):
    username: str
@app.post("/")
def login(form: Annotated[Login, FormField()]):
    return {}
""",
        None,
        """
DMJ0319  login(form: Login ... FormField()): a schema is not read from there.
  at app.py:5 in login
  Fix: Leave the marker out: a schema is the body, as JSON or as a form.
""",
    ),
    (
        "file: bytes",
        """
from typing import Annotated
from demijohn import Upload
@app.post("/")
def upload(file: Annotated[bytes, Upload()]):
    return {}
""",
        None,
        """
DMJ0318  upload(file: bytes ... Upload()): a file is an UploadedFile.
  at app.py:3 in upload
  Fix: file: UploadedFile, whose file.read() gives the bytes
""",
    ),
    (
        "Body(embed=True)",
        """
from demijohn import Body
@app.post("/")
def create(count: int = Body(embed=True)):
    return {}
""",
        None,
        """
DMJ0104  Body() has no option 'embed'.
  at app.py:3
  Fix: Make it a Schema with that one field.
""",
    ),
    (
        "Query(regex=)",
        """
from demijohn import Query
@app.get("/")
def index(q: str = Query(regex="^a")):
    return {}
""",
        None,
        """
DMJ0104  Query() has no option 'regex'.
  at app.py:3
  Fix: pattern="..."
""",
    ),
    (
        "two bodies",
        """
from demijohn import Schema
class Item(Schema):
    name: str
class User(Schema):
    name: str
@app.post("/")
def create(item: Item, user: User):
    return {}
""",
        None,
        """
DMJ0312  item and user both want the body of the request.
  at app.py:6 in create
  Fix: Put them into one Schema with two fields.
""",
    ),
    (
        "Path() of nothing",
        """
from typing import Annotated
from demijohn import Path
@app.get("/")
def index(item_id: Annotated[int, Path()]):
    return {}
""",
        None,
        """
DMJ0306  index(item_id: ... Path()): the path has no {item_id}.
  at app.py:3 in index
  Fix: Add {item_id} to the path, or use Query().
""",
    ),
    (
        "HTTPError(status_code=)",
        """
from demijohn import HTTPError
@app.get("/")
def index():
    raise HTTPError(status_code=404, detail="Item not found")
""",
        "GET /",
        """
HTTPError has no field 'status_code'.
Instead of status_code=, give status=.
""",
    ),
    (
        "HTTPError(text)",
        """
from demijohn import HTTPError
@app.get("/")
def index():
    raise HTTPError("Item not found")
""",
        "GET /",
        "An HTTPError takes its status first: HTTPError(404, 'Item not found').",
    ),
    (
        "HTTPError(detail={})",
        """
from demijohn import HTTPError
@app.get("/")
def index():
    raise HTTPError(404, detail={"item": 3})
""",
        "GET /",
        "The detail of an HTTPError is text, not {'item': 3}; other members go into extra={}.",
    ),
    (
        "RedirectResponse for redirect",
        """
from demijohn import redirect
@app.get("/")
def index():
    return redirect(url="/docs")
""",
        "GET /",
        """
redirect() missing 1 required positional argument: 'target'
The place goes first: redirect(show, id=1), redirect("/x").
""",
    ),
    (
        "a call without await",
        """
async def find():
    return {}
@app.get("/")
def index():
    return find()
""",
        "GET /",
        "find() was called and not awaited. Write await before the call.",
    ),
    (
        "@app.websocket",
        """
@app.websocket("/ws")
async def chat(websocket):
    ...
""",
        None,
        """
DMJ0301  chat() takes 'websocket', which has no annotation and is not in the path.
  at app.py:1 in chat
  Fix: from demijohn import WebSocket
       async def chat(ws: WebSocket): ...
""",
    ),
    (
        "app.mount",
        """
app.mount("/static", None)
""",
        None,
        """
DMJ0150  mount() cannot tell how NoneType is called.
  at app.py:1
  Fix: app.mount("/old", App(...)), a WSGI callable (Flask, Django) or an ASGI callable (FastAPI, Starlette).
""",
    ),
    (
        "JSONResponse(content=)",
        """
from demijohn import JSONResponse
@app.get("/")
def index():
    return JSONResponse(content={})
""",
        "GET /",
        """
JSONResponse.__init__() got an unexpected keyword argument 'content'
Instead of content=, give the first argument.
""",
    ),
    (
        "Response(status_code=)",
        """
from demijohn import Response
@app.get("/")
def index():
    return Response("x", status_code=201)
""",
        "GET /",
        """
Response.__init__() got an unexpected keyword argument 'status_code'
Instead of status_code=, give status=.
""",
    ),
    (
        "request.query_params",
        """
@app.get("/")
def index(request):
    return request.query_params["q"]
""",
        "GET /",
        "A Demijohn request has no 'query_params': write request.query.",
    ),
    (
        "await request.json()",
        """
@app.post("/")
async def index(request):
    return await request.json()
""",
        "POST /",
        """
object dict can't be used in 'await' expression
Leave the await out: what a request holds has been read already.
""",
    ),
    (
        "await request.form()",
        """
@app.post("/")
async def index(request):
    return await request.form()
""",
        "POST /",
        """
'MultiDict' object is not callable
Leave the () out: request.form and request.files are read already.
""",
    ),
    (
        "await file.read()",
        """
from demijohn import UploadedFile
@app.post("/")
async def index(file: UploadedFile):
    return await file.read()
""",
        "POST /",
        """
object bytes can't be used in 'await' expression
Leave the await out: what a request holds has been read already.
""",
    ),
    (
        "two of a shape",
        """
@app.get("/users/{user_id}")
def read_user(user_id: int):
    return ""
@app.get("/users/{name}")
def read_name(name: str):
    return ""
""",
        None,
        """
DMJ0206  GET /users/{name} (read_name) can never run: GET /users/{user_id} (read_user) answers first.
  at app.py:1
  at app.py:4
  Fix: Change one of the paths or methods; what a parameter is called or typed does not tell two paths apart.
""",
    ),
    (
        "async DB",
        """
from demijohn import DB, Database
app.use(Database())
@app.get("/")
async def index(db: DB):
    return {}
""",
        None,
        """
DMJ0314  DB cannot be used in an async def handler: index -> DB.
  at app.py:3 in index
  Fix: Ask for AsyncDB and await its methods, or make the handler a plain def: it may block.
""",
    ),
    (
        "no parentheses",
        """
@app.get
def index():
    return {}
""",
        None,
        """
DMJ0110  A route's path is text, not index().
  at app.py:1
  Fix: @app.get("/index")
""",
    ),
    (
        "an encoder for what JSON knows",
        """
from datetime import datetime
@app.encoder(datetime)
def encode(value):
    return value.isoformat()
""",
        None,
        """
DMJ0122  An encoder for datetime would never be asked: JSON has a spelling for it already.
  at app.py:2
  Fix: Convert the value in the handler, or wrap it in a class of your own, and encode that.
""",
    ),
    (
        "json_encoder for a schema",
        """
from demijohn import Schema
class Item(Schema):
    name: str
@app.encoder(Item)
def encode(item):
    return item.name
""",
        None,
        """
DMJ0122  An encoder for Item would never be asked: JSON has a spelling for it already.
  at app.py:4
  Fix: Annotate the shape that the handlers answer with: def show() -> ItemOutput
""",
    ),
    (
        "a misspelt type",
        """
@app.get("/")
def index(item: "Itme"):
    return {}
""",
        None,
        """
DMJ0302  An annotation of index() names Itme, which is not known there.
  at app.py:1 in index
  Fix: Import Itme at the top of the module (not under TYPE_CHECKING), or mend the name.
""",
    ),
    (
        "BackgroundTasks unannotated",
        """
@app.get("/")
def index(background_tasks):
    return ""
""",
        None,
        """
DMJ0301  index() takes 'background_tasks', which has no annotation and is not in the path.
  at app.py:1 in index
  Fix: def send(tasks: BackgroundTasks):
           tasks.add_task(deliver, 7)
""",
    ),
    (
        "JSONResponse(background=)",
        """
from demijohn import JSONResponse
@app.get("/")
def index():
    return JSONResponse({}, background=None)
""",
        "GET /",
        """
JSONResponse.__init__() got an unexpected keyword argument 'background'
Instead of background=, give nothing: a handler asks for tasks: BackgroundTasks.
""",
    ),
    (
        "Starlette's JSONResponse",
        """
from starlette.responses import JSONResponse
@app.get("/")
def index():
    return JSONResponse({})
""",
        "GET /",
        """
starlette.responses.JSONResponse was returned, which is not Demijohn's: return the dict or list itself, or Demijohn's JSONResponse.
""",
    ),
    (
        "Starlette's HTTPException",
        """
from starlette.exceptions import HTTPException
@app.get("/")
def index():
    raise HTTPException(404)
""",
        "GET /",
        """
404: Not Found
Raise Demijohn's: raise HTTPError(404, ...), or raise NotFound(...).
""",
    ),
    (
        "Starlette's Request",
        """
from starlette.requests import Request
@app.get("/")
def index(request: Request):
    return ""
""",
        None,
        """
DMJ0303  index(request: Request): nothing here provides starlette.requests.Request.
  at app.py:2 in index
  Fix: from demijohn import Request
""",
    ),
    (
        "Starlette's BackgroundTasks",
        """
from starlette.background import BackgroundTasks
@app.get("/")
def index(tasks: BackgroundTasks):
    return ""
""",
        None,
        """
DMJ0303  index(tasks: BackgroundTasks): nothing here provides starlette.background.BackgroundTasks.
  at app.py:2 in index
  Fix: from demijohn import BackgroundTasks
""",
    ),
    (
        "Starlette's WebSocket",
        """
from starlette.websockets import WebSocket
@app.websocket("/ws")
async def chat(ws: WebSocket):
    ...
""",
        None,
        """
DMJ0303  chat(ws: WebSocket): nothing here provides starlette.websockets.WebSocket.
  at app.py:2 in chat
  Fix: from demijohn import WebSocket
""",
    ),
    (
        "Starlette's UploadFile",
        """
from starlette.datastructures import UploadFile
@app.post("/")
def index(file: UploadFile):
    return ""
""",
        None,
        """
DMJ0303  index(file: UploadFile): nothing here provides starlette.datastructures.UploadFile.
  at app.py:2 in index
  Fix: from demijohn import UploadedFile
""",
    ),
    (
        "pydantic's Field at a parameter",
        """
from pydantic import Field
@app.get("/")
def index(page: int = Field(1, ge=1)):
    return ""
""",
        None,
        """
DMJ0390  index(page): FieldInfo is a marker of pydantic, which nothing here reads.
  at app.py:2 in index
  Fix: Annotated[int, Query(ge=1)], or Meta(ge=1) in a Schema: bounds are theirs
""",
    ),
    (
        "pydantic's Field in a Schema",
        """
from pydantic import Field
from demijohn import Schema
class Item(Schema):
    name: str = Field(max_length=3)
""",
        None,
        """
DMJ0391  Item.name has a FieldInfo of pydantic for its default.
  at app.py:3
  Fix: name: Annotated[str, Meta(max_length=80)] = ""
""",
    ),
    (
        "import CORSMiddleware",
        """
from demijohn import CORSMiddleware
""",
        None,
        """
demijohn has no CORSMiddleware. Instead: CORS, from demijohn.security: app.use(Security(cors=CORS(origins=["https://app.example"])))
""",
    ),
    (
        "import OAuth2PasswordBearer",
        """
from demijohn import OAuth2PasswordBearer
""",
        None,
        """
demijohn has no OAuth2PasswordBearer. Instead: from demijohn.api import OAuth2PasswordBearer
""",
    ),
    (
        "import Jinja2Templates",
        """
from demijohn import Jinja2Templates
""",
        None,
        """
demijohn has no Jinja2Templates. Instead: Templates: app.use(Templates()), then return render("a.html", posts=posts)
""",
    ),
    (
        "import StaticFiles",
        """
from demijohn import StaticFiles
""",
        None,
        """
demijohn has no StaticFiles. Instead: Static: app.use(Static()); in a template, static('app.css')
""",
    ),
    (
        "import Annotated",
        """
from demijohn import Annotated
""",
        None,
        """
demijohn has no Annotated. Instead: from typing import Annotated
""",
    ),
    (
        "websocket.accept()",
        """
from demijohn import WebSocket
@app.websocket("/ws")
async def chat(websocket):
    await websocket.accept()
""",
        None,
        """
DMJ0301  chat() takes 'websocket', which has no annotation and is not in the path.
  at app.py:2 in chat
  Fix: from demijohn import WebSocket
       async def chat(ws: WebSocket): ...
""",
    ),
    (
        "docs_url=",
        """
from demijohn import App
app = App(docs_url=None)
""",
        None,
        """
DMJ0103  App() has no option 'docs_url'.
  at app.py:2
  Fix: app.use(API(docs="/docs")); docs=None shows no page.
""",
    ),
    (
        "app.openapi",
        """
app.openapi()
""",
        None,
        """
DMJ0102  An App has no 'openapi'.
  at app.py:1
  Fix: from demijohn.api import API
       app.use(API(title="Shop", version="1.0"))   serves it; demijohn openapi writes it to a file.
""",
    ),
    (
        "api_route",
        """
@app.api_route("/", methods=["GET"])
def index(): ...
""",
        None,
        """
DMJ0102  An App has no 'api_route'.
  at app.py:1
  Fix: @app.route("/posts", methods=["GET", "POST"])
""",
    ),
    (
        "status.HTTP_201_CREATED",
        """
from demijohn import status
""",
        None,
        """
demijohn has no status. Instead: the number itself: status=201
""",
    ),
    (
        "operation_id=",
        """
@app.get("/", operation_id="x")
def index(): ...
""",
        None,
        """
DMJ0112  A route has no option 'operation_id'.
  at app.py:1
  Fix: name="show"; openapi_extra={"operationId": ...} where it must be another.
""",
    ),
    (
        "response_model_exclude_unset=",
        """
@app.get("/", response_model_exclude_unset=True)
def index(): ...
""",
        None,
        """
DMJ0112  A route has no option 'response_model_exclude_unset'.
  at app.py:1
  Fix: Annotate what the handler returns with a Schema of the fields to show.
""",
    ),
    (
        "item.model_dump()",
        """
from demijohn import Schema
class Item(Schema):
    name: str = ""
@app.post("/")
def index(item: Item):
    return item.model_dump()  # json
""",
        "POST /",
        """
'Item' object has no attribute 'model_dump'
Return it as it is: it is sent as JSON. As a dict: msgspec.to_builtins(note).
""",
    ),
    (
        "import HTTPAuthorizationCredentials",
        """
from demijohn.api import HTTPAuthorizationCredentials
""",
        None,
        "demijohn.api has no HTTPAuthorizationCredentials."
        " Instead: str, the token itself: token: Annotated[str, Depends(HTTPBearer())]",
    ),
    (
        "import OAuth2PasswordRequestForm",
        """
from demijohn.api import OAuth2PasswordRequestForm
""",
        None,
        "demijohn.api has no OAuth2PasswordRequestForm. Instead: two fields:"
        " def token(username: Annotated[str, FormField()], password: Annotated[str, FormField()])",
    ),
    (
        "import from the wrong door",
        """
from demijohn.testing import query_budget
""",
        None,
        "demijohn.testing has no query_budget. Instead: from demijohn.database import query_budget",
    ),
    (
        "import ServerSentEvent",
        """
from demijohn import ServerSentEvent
""",
        None,
        'demijohn has no ServerSentEvent. Instead: Event: yield Event(data, event="tick", id=7)',
    ),
    (
        "Schema: Meta as the default",
        """
from demijohn import Meta, Schema


class Seed(Schema):
    title: str = Meta(max_length=10)
""",
        None,
        """
DMJ0391  Seed.title has a Meta of msgspec for its default.
  at app.py:4
  Fix: title: Annotated[str, Meta(max_length=80)] = ""
""",
    ),
]
