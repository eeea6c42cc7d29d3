"""Evidence that citizens send as pictures: fetched at once, checked by content, kept encrypted.

evidence = EvidenceStore(database, vault, Fetch(api.media, …), settings.data_dir, clock)
await evidence.keep(draft, message)     # Kept | Refused; implements `handlers.ports.Evidence`
await evidence.of_case(number)          # what the console lists
await evidence.open(id)                 # the picture's bytes, never the ones that were sent
"""

from bot.evidence.fetch import Fetch, Unavailable
from bot.evidence.pictures import Picture, RefusedPicture, cleaned
from bot.evidence.store import EvidenceStore, Item

__all__ = ["EvidenceStore", "Fetch", "Item", "Picture", "RefusedPicture", "Unavailable", "cleaned"]
