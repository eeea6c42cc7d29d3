"""The papers of a case as .docx: filled from templates that clerks edit in Word or WPS (docs/papers.md).

papers = Papers(settings.data_dir, clock)
papers.fitting(case)                          # which papers the case may need, likeliest first
await papers.fill("receipt", case)            # bytes of the .docx
await papers.fill("correction", case, {"items": "请写明年份", "until": "2026-12-08"})
shelf = Shelf(database, vault, settings.data_dir, clock)
await shelf.keep(case.number, "receipt", content, by="staff:3")
"""

from bot.papers.papers import PaperError, Papers
from bot.papers.shelf import Shelf, Stored

__all__ = ["PaperError", "Papers", "Shelf", "Stored"]
