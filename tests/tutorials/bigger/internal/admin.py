"""The admin part, which is not ours to change: its prefix and guard are given where it is included."""

from demijohn import Blueprint

router = Blueprint("admin")


@router.post("/")
async def update_admin():
    return {"message": "Admin getting schwifty"}
