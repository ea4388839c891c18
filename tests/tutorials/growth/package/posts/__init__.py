"""Posts: pages and an API."""

from demijohn import Blueprint

posts = Blueprint("posts", modules=[".models", ".services", ".pages", ".api"])
