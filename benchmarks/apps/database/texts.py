"""What stands in the tables, and what is added to it."""

from __future__ import annotations

WORLDS = 10_000
EXTRA = "Additional fortune added at request time."
FORTUNES = [
    "A bottle of wine contains more philosophy than all the books in the world.",
    "A computer program does what you tell it to do, not what you want it to do.",
    "After enough decimal places, nobody gives a damn.",
    "Any program that runs right is obsolete.",
    "Computers make very fast, very accurate mistakes.",
    "Emacs is a nice operating system, but I prefer UNIX.",
    "Feature: a bug with seniority.",
    "fortune: no such file or directory",
    "List: only as strong as its weakest link",
    'Quoted: "to be or not to be" & so on',
    '<script>alert("This should not be displayed in a browser alert box.");</script>',
    "フレームワークのベンチマーク",
]
