"""`python -m bot demo`: a sandbox full of plausible cases, warnings, conversations and accounts."""
