"""The numbers of projects and matters: the letters of the place, the year, a running number."""

_letters = "HM"


def belong_to(letters: str) -> None:
    """Set the letters of the place (VENTURE_LETTERS); called once at the start. Numbers given before keep theirs."""
    global _letters
    _letters = letters


def of_projects(year: int) -> str:
    """How the numbers of a round's projects begin: HM2018, before 001."""
    return f"{_letters}{year}"


def of_matters(year: int) -> str:
    """How the numbers of a year's matters begin: HM-2018-, before 0001."""
    return f"{_letters}-{year}-"
