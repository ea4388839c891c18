"""Items: a prefix and a guard for the whole router, what is raised said at the routes."""

from demijohn import Blueprint, Depends, Forbidden, NotFound

from ..dependencies import get_token_header

router = Blueprint("items", prefix="/items", around=[Depends(get_token_header)])

ITEMS = {"plumbus": {"name": "Plumbus"}, "gun": {"name": "Portal Gun"}}


@router.get("/", raises=[NotFound])
async def read_items():
    return ITEMS


@router.get("/{item_id}", raises=[NotFound])
async def read_item(item_id: str):
    if item_id not in ITEMS:
        raise NotFound("Item not found")
    return {"name": ITEMS[item_id]["name"], "item_id": item_id}


@router.put("/{item_id}", tags=["custom"], raises=[NotFound, Forbidden])
async def update_item(item_id: str):
    if item_id != "plumbus":
        raise Forbidden("You can only update the item: plumbus")
    return {"item_id": item_id, "name": "The great Plumbus"}
