"""Awards of earlier rounds, as offices kept them before: read from their own Excel lists and from 360Giving files."""
