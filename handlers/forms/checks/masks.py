"""What is shown of an ID number or a phone: enough to recognise it, not enough to be of use."""


def mask_phone(value: str) -> str:
    """139****2345; of a fixed line the last four digits stay."""
    return f"{value[:3]}****{value[-4:]}"


def mask_paper(value: str) -> str:
    """“居民身份证 6229**********1234”."""
    paper, _, number = value.rpartition(" ")
    shown = 4 if len(number) > 10 else 2
    hidden = number[:shown] + "*" * (len(number) - 2 * shown) + number[-shown:]
    return f"{paper} {hidden}".strip()
