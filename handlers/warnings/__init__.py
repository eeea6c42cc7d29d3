"""Consumer warnings: written by one, approved by others, sent once (`docs/warnings.md`)."""
