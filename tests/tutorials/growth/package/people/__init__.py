"""People, who write posts."""

from demijohn import Blueprint

people = Blueprint("people", modules=[".models", ".pages"])
