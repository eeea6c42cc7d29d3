"""Why a request is turned away. One exception a reason; the door answers each with an empty body."""


class Refused(Exception):  # noqa: N818 it is an outcome, not an error of ours
    """The request is not answered. `reason` is a word for the metrics, `status` the HTTP status."""

    status = 400
    reason = "malformed"


class Malformed(Refused):
    """Something is missing, is not XML, or is not what WeChat sends."""


class Forbidden(Refused):
    """The signature is wrong, or the frame was made for another account."""

    status = 403
    reason = "signature"


class Stale(Refused):
    """The timestamp is more than five minutes away."""

    status = 403
    reason = "stale"


class Replayed(Refused):
    """Timestamp, nonce and signature were seen with another body."""

    status = 403
    reason = "replayed"


class WrongMode(Refused):
    """Plain text where the account is pinned to encryption, or the other way round."""

    status = 403
    reason = "mode"


class TooLarge(Refused):
    """The body is over 64 KiB."""

    status = 413
    reason = "size"
