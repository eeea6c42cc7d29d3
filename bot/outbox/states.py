"""The states of a message in the outbox, and their groups."""

NEW = "new"  # to be sent at `due`
SENDING = "sending"  # in flight
SENT = "sent"
CONTACT = "contact"  # leads the reply the next time the person writes
DEAD = "dead"  # given up
UNCERTAIN = "uncertain"  # its sender died, or the connection did, before the answer came
SETTLED = "settled"  # a clerk told the person, or decided that nothing need be told

WAITING = (NEW, SENDING, CONTACT)  # undelivered when its day is over
FAILED = (DEAD, UNCERTAIN)  # undelivered at once
