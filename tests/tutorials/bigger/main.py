"""The app: everything behind the query's token."""

from demijohn import App, Blueprint, Depends
from demijohn.api import API

from .dependencies import get_query_token, get_token_header
from .internal import admin
from .routers import items, users

app = App()
app.use(API(title="Bigger"))
app.around(Depends(get_query_token))

guarded = Blueprint("guarded", prefix="/admin", around=[Depends(get_token_header)])
guarded.include(admin.router)

app.include(users.router)
app.include(items.router)
app.include(guarded)


@app.get("/")
async def root():
    return {"message": "Hello Bigger Applications!"}
