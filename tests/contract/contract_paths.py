"""The app that files are asked of, at a folder that the environment names: see test_bad_paths.py."""

import os
from pathlib import Path

from demijohn import App, Request, Security, Static


def make(folder: Path) -> App:
    """An app that serves `folder`, beside routes with and without a slash at the end."""
    app = App()
    app.use(Static(folder=str(folder)), Security(hosts=["example.com"]))

    @app.get("/items/{name}", name="item")
    def item(name: str):
        return name

    @app.get("/rest/{path:path}")
    def rest(path: str):
        return path

    @app.get("/admin/")
    def admin(request: Request):
        return request.path

    return app


if "CONTRACT_FOLDER" in os.environ:
    app = make(Path(os.environ["CONTRACT_FOLDER"]))
