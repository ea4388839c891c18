"""The document: what it says of the shop, and that it is the document of any app."""

from typing import Annotated, Any

import pytest
from openapi_spec_validator import validate

from demijohn import API, App, Blueprint, Client, Depends, HTTPError, NotFound, Query, Schema, SetupError
from demijohn.api import APIKeyQuery, HTTPBearer, make_document

Json = dict[str, Any]


def document_of(app: App, **settings: Any) -> Json:
    """The document of an app, checked by the schema of OpenAPI 3.1."""
    document = make_document(API(**settings), app.seal())
    validate(document)
    return document


def follow(document: Json, schema: Json) -> Json:
    """The component that a schema refers to."""
    return document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]


def parameter(document: Json, path: str, name: str, method: str = "get") -> Json:
    """One parameter of an operation."""
    return next(each for each in document["paths"][path][method]["parameters"] if each["name"] == name)


def schema_of_answer(document: Json, path: str, status: str = "200", method: str = "get") -> Json:
    """The schema of a JSON answer."""
    return document["paths"][path][method]["responses"][status]["content"]["application/json"]["schema"]


def test_the_schema_of_openapi_accepts_it(document):
    """The document is OpenAPI 3.1, by its own JSON Schema."""
    validate(document)
    assert document["openapi"] == "3.1.0"


def test_info_says_what_the_settings_say(document):
    """Title, version, licence, contact and terms are the battery's settings."""
    assert document["info"] == {
        "title": "Shop", "version": "2.1.0", "summary": "Everything that is sold.",
        "description": "The API of a shop, with some of everything.", "termsOfService": "https://shop.example.com/terms",
        "contact": {"name": "Ann", "url": "https://shop.example.com", "email": "ann@example.com"},
        "license": {"name": "MIT", "identifier": "MIT"},
    }  # fmt: skip


def test_an_app_without_settings_has_a_document():
    """Nothing needs to be set, and a prefix of the server is its address."""
    app = App()
    app.get("/")(lambda: "hello")
    document = document_of(app)
    assert document["info"] == {"title": "API", "version": "0.1.0"}
    assert document["servers"] == [{"url": "/"}]
    assert make_document(API(), app.seal(), root_path="/v1")["servers"] == [{"url": "/v1"}]


def test_parameters_say_place_bounds_default_and_examples(document):
    """A query parameter has what its annotation says, and is not required if it has a default."""
    assert parameter(document, "/items", "page") == {
        "name": "page", "in": "query", "required": False, "description": "Which page, from 1.",
        "schema": {"type": "integer", "format": "int64", "minimum": 1, "default": 1, "examples": [2]},
    }  # fmt: skip
    assert parameter(document, "/items", "tag")["schema"]["type"] == "array"
    assert follow(document, parameter(document, "/items", "size")["schema"])["enum"] == ["small", "large"]
    assert parameter(document, "/items", "level")["schema"]["default"] == 1


def test_headers_and_cookies_are_parameters_too(document):
    """They are named as on the wire."""
    assert parameter(document, "/items", "accept-language")["in"] == "header"
    assert parameter(document, "/items", "seen")["in"] == "cookie"


def test_path_parameters_are_required_and_named_as_in_the_path(document):
    """The rest of a path is one parameter; its pattern is told; a model is asked for by its key."""
    assert parameter(document, "/files/{path}", "path")["required"] is True
    assert parameter(document, "/maybe/{word}", "word")["schema"]["pattern"] == "^[a-z]+$"
    assert parameter(document, "/authors/{author}", "author")["schema"]["type"] == "integer"


def test_a_body_is_json_or_a_form_where_a_form_can_say_it(document):
    """A record of plain fields may come as a form; one with records in it may not; examples are shown."""
    create = document["paths"]["/items"]["post"]["requestBody"]
    assert list(create["content"]) == ["application/json", "application/x-www-form-urlencoded"]
    assert create["content"]["application/json"]["examples"]["example1"]["value"] == {"name": "Cup", "price": "4.50"}
    order = document["paths"]["/items/{id}/order"]["post"]["requestBody"]
    assert list(order["content"]) == ["application/json"]
    assert create["required"] is order["required"] is True


def test_form_fields_and_uploads(document):
    """Fields are a form or multipart; a file is multipart alone, and bytes of any kind."""
    search = document["paths"]["/items/search"]["post"]["requestBody"]
    assert list(search["content"]) == ["application/x-www-form-urlencoded", "multipart/form-data"]
    assert search["content"]["multipart/form-data"]["schema"]["required"] == ["words"]
    picture = document["paths"]["/items/{id}/picture"]["post"]["requestBody"]["content"]
    assert list(picture) == ["multipart/form-data"]
    assert picture["multipart/form-data"]["schema"]["properties"]["file"] == {
        "type": "string", "contentMediaType": "application/octet-stream", "description": "A PNG.",
    }  # fmt: skip


def test_a_stream_takes_any_body(document):
    """Who reads the bytes takes all kinds."""
    assert document["paths"]["/raw"]["post"]["requestBody"]["content"] == {"*/*": {}}


def test_answers_are_what_the_annotation_says(document):
    """JSON by its type, text, HTML, streams, redirects, files and nothing; unions say all of them."""
    paths = document["paths"]
    assert list(paths["/text"]["get"]["responses"]["200"]["content"]) == ["text/plain"]
    assert list(paths["/page"]["get"]["responses"]["200"]["content"]) == ["text/html"]
    assert list(paths["/lines"]["get"]["responses"]["200"]["content"]) == ["text/plain"]
    assert list(paths["/changes"]["get"]["responses"]["200"]["content"]) == ["text/event-stream"]
    assert list(paths["/files/{path}"]["get"]["responses"]["200"]["content"]) == ["*/*"]
    assert list(paths["/maybe/{word}"]["get"]["responses"]["200"]["content"]) == ["application/json", "text/plain"]
    assert paths["/go"]["get"]["responses"]["303"] == {"description": "See Other"}
    assert paths["/items/{id}"]["delete"]["responses"]["204"] == {"description": "No Content"}
    assert "content" not in paths["/unsaid"]["get"]["responses"]["200"]


def test_statuses_are_the_routes_or_the_annotations_or_written(document):
    """`status=201`, `tuple[..., Literal[201]]` and `responses=` each say one."""
    assert "201" in document["paths"]["/items"]["post"]["responses"]
    picture = document["paths"]["/items/{id}/picture"]["post"]["responses"]
    assert "201" in picture
    assert picture["202"]["description"] == "It will be looked at."
    assert "304" in document["paths"]["/items/{id}"]["get"]["responses"]


def test_refusals_are_those_that_can_happen(document):
    """A route says 404 for a path that may not convert, 422 for what may not be valid, and no more."""
    assert set(document["paths"]["/text"]["get"]["responses"]) == {"200", "4XX"}
    assert set(document["paths"]["/items"]["get"]["responses"]) == {"200", "422", "4XX"}
    assert set(document["paths"]["/items"]["post"]["responses"]) == {
        "201", "400", "401", "409", "413", "415", "422", "4XX",
    }  # fmt: skip


def test_problems_are_shared_and_have_examples(document):
    """A refusal refers to a response that shows a problem as it is sent."""
    shared = document["components"]["responses"]
    assert document["paths"]["/items"]["get"]["responses"]["422"] == {
        "$ref": "#/components/responses/UnprocessableContent"
    }
    content = shared["UnprocessableContent"]["content"]["application/problem+json"]
    assert content["example"]["errors"] == [{"where": "query.page", "message": "Expected 1 or more."}]


def test_errors_that_are_raised_have_their_own_fields(document):
    """An error with fields is the problem with them; its docstring is the description."""
    response = document["paths"]["/items/{id}/order"]["post"]["responses"]["409"]
    assert response["description"] == "There are not so many left."
    schema = follow(document, response["content"]["application/problem+json"]["schema"])
    assert schema["allOf"][1]["required"] == ["left"]


def test_the_answer_to_an_error_is_what_the_document_says(client, document):
    """The problem that a handler raises fits the schema of its response."""
    answer = client.post(
        "/items/1/order", headers={"authorization": "Basic YTpi"},
        json={"items": [{"name": "Cup", "price": "1"}], "payment": {"type": "card", "number": "123456789012"}},
    )  # fmt: skip
    assert answer.status == 409
    assert answer.json() == {
        "type": "about:blank", "title": "Conflict", "status": 409, "detail": "Only two are left.", "left": 2,
    }  # fmt: skip


def test_two_errors_of_one_status_are_either():
    """Both schemas stand at the status, and both descriptions."""

    class Late(HTTPError):
        """Too late."""

        status = 409
        by: int

    class Full(HTTPError):
        """No room."""

        status = 409
        room: str = "a"

    app = App()

    @app.post("/x", raises=[Late, Full, NotFound])
    def x() -> None: ...

    document = document_of(app)
    response = document["paths"]["/x"]["post"]["responses"]["409"]
    assert response["description"] == "Too late.\n\nNo room."
    assert len(response["content"]["application/problem+json"]["schema"]["anyOf"]) == 2


def test_security_schemes_are_those_of_handlers_arounds_and_services():
    """A scheme reaches the document from wherever the route asks it."""
    app = App()

    class Who(Schema):
        token: str

    @app.provide
    def who(token: Annotated[str, Depends(HTTPBearer())]) -> Who:
        return Who(token=token)

    @app.get("/service")
    def service(who: Who) -> str:
        return who.token

    @app.get("/around", around=[Depends(APIKeyQuery("key"))])
    def around() -> str:
        return ""

    document = document_of(app)
    assert document["components"]["securitySchemes"]["bearer"] == {"type": "http", "scheme": "bearer"}
    assert document["paths"]["/service"]["get"]["security"] == [{"bearer": []}]
    assert document["paths"]["/around"]["get"]["security"] == [{"api_key_query": []}]
    assert "401" in document["paths"]["/service"]["get"]["responses"]


def test_an_optional_scheme_may_be_left_out(document):
    """With `auto_error=False` nothing is one of the ways."""
    operation = document["paths"]["/text"]["get"]
    assert operation["security"] == [{"api_key_cookie": []}, {}]
    assert "401" not in operation["responses"]


def test_summary_and_description_are_the_docstring(document):
    """The first paragraph is the summary; without a docstring the name is."""
    listed = document["paths"]["/items"]["get"]
    assert (listed["summary"], listed["description"]) == ("List the items", "They come in the order of their names.")
    assert document["paths"]["/unsaid"]["get"]["summary"] == "Unsaid"


def test_operation_ids_are_names_and_unlike():
    """They are the routes' names; several methods of one route, and what clashes, are told apart, always alike."""

    def make() -> App:
        app = App()
        app.route("/a", methods=["GET", "POST"], name="same")(lambda: "")
        app.get("/b", name="x.y")(lambda: "")
        app.get("/c", name="x_y")(lambda: "")
        return app

    paths = document_of(make())["paths"]
    ids = [operation["operationId"] for item in paths.values() for operation in item.values()]
    assert sorted(ids) == ["same_get", "same_post", "x_y", "x_y_2"]
    assert document_of(make())["paths"] == paths


def test_tags_are_blueprints_in_the_order_of_the_setting(document):
    """A route's tag is its blueprint, unless it says others."""
    assert [tag["name"] for tag in document["tags"]] == ["items", "shapes", "default"]
    assert document["paths"]["/point"]["post"]["tags"] == ["shapes"]


def test_deprecated_and_hidden_routes(document):
    """A deprecated route says so; a hidden one is not there, nor are the battery's own."""
    assert document["paths"]["/items/{id}"]["put"]["deprecated"] is True
    assert not {"/hidden", "/openapi.json", "/docs", "/docs/page.css"} & set(document["paths"])


def test_websockets_stand_beside_the_paths(document):
    """OpenAPI has no word for them: they are an extension, so that no client takes them for a GET."""
    assert "/chat/{room}" not in document["paths"]
    assert document["x-websockets"]["/chat/{room}"]["get"]["parameters"][0]["name"] == "room"


def test_methods_of_a_view_are_operations(document):
    """Each has its own docstring and name."""
    assert document["paths"]["/posts/{id}"]["get"]["summary"] == "Read a post"
    assert document["paths"]["/posts/{id}"]["patch"]["operationId"] == "Posts_patch"


def test_a_prefix_keeps_the_document_to_its_paths():
    """Pages for people need not stand in the document of an API."""
    app = App()
    app.get("/page")(lambda: "")
    app.get("/api/x")(lambda: "")
    assert list(document_of(app, prefix="/api")["paths"]) == ["/api/x"]


def test_webhooks_are_what_the_app_sends():
    """A blueprint's routes, by name; they are no paths of the app."""
    hooks = Blueprint("hooks")

    class Sold(Schema):
        item: int

    @hooks.post("/sold")
    def sold(event: Sold) -> None:
        """Tells that an item was sold."""

    document = document_of(App(), webhooks=hooks)
    assert document["webhooks"]["sold"]["post"]["summary"] == "Tells that an item was sold"
    assert not document["paths"]


def test_extra_is_laid_over_the_document():
    """Mappings are joined and everything else replaced: in the whole, and in one operation."""
    app = App()

    @app.get("/x", openapi_extra={"x-rate": 5, "responses": {"200": {"description": "Fine"}}})
    def x() -> str:
        return ""

    document = document_of(app, extra={"info": {"x-logo": "a.svg"}})
    assert document["info"]["x-logo"] == "a.svg"
    assert document["info"]["title"] == "API"
    assert document["paths"]["/x"]["get"]["x-rate"] == 5
    assert document["paths"]["/x"]["get"]["responses"]["200"]["description"] == "Fine"


def test_what_cannot_be_raised_is_a_mistake():
    """`raises` takes classes of HTTPError; another is told with the route."""
    app = App()
    app.get("/x", raises=[ValueError])(lambda: "")  # type: ignore[list-item]
    with pytest.raises(SetupError, match="DMJ0541"):
        make_document(API(), app.seal())


def test_a_path_that_is_none_is_a_mistake():
    """The addresses of document and page are paths of the site."""
    for battery in (API(path="openapi.json"), API(docs="/docs/{x}")):
        app = App()
        app.use(battery)
        with pytest.raises(SetupError, match="DMJ0540"):
            app.seal()


def test_settings_come_from_the_configuration():
    """As those of every battery."""
    app = App()
    app.use(API())
    client = Client(app, config={"api.title": "Set", "api.servers": ["https://api.test"]})
    document = client.get("/openapi.json").json()
    assert (document["info"]["title"], document["servers"]) == ("Set", [{"url": "https://api.test"}])


def test_a_parameter_that_services_share_is_told_once():
    """It is required if any of them needs it."""
    app = App()

    def limit(limit: int = 10) -> int:
        return limit

    @app.get("/x")
    def x(limit: Annotated[int, Query(ge=1)], other: Annotated[int, Depends(limit)]) -> str:
        return ""

    parameters = document_of(app)["paths"]["/x"]["get"]["parameters"]
    assert [(each["name"], each["required"]) for each in parameters] == [("limit", True)]
