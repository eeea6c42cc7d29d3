"""The outbox at work: stored messages are claimed, sent over the channel that is open, and recorded.

A message is in one of these states:

    new ──claim──▶ sending ──▶ sent        it went out (`channel` says how)
     ▲               │  ├────▶ contact     no channel is open: it leads the reply at the person's next message
     └───wait────────┘  ├────▶ dead        given up, `reason` says why
                        └────▶ uncertain   nobody knows whether it went out

A crash can hit a message only between `sending` and its result. Each lane of a worker has one message there
at a time; after the lease it becomes `uncertain` and is never sent again by itself: a clerk decides.
"""
