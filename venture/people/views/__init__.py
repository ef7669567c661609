"""Pages of the stage `people`: the way in, one's account, invitations, users and their roles, organizations."""

from venture.people.views import account, invitations, organizations, reset, signing, users
from venture.people.views.shared import bp, qr, welcome

__all__ = ["account", "bp", "invitations", "organizations", "qr", "reset", "signing", "users", "welcome"]
