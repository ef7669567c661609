"""Forms of the stage `people`."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from venture.web import Form


class SignInForm(Form):
    """Mobile number or e-mail, and password."""

    login = StringField(_l("Mobile number or e-mail"), [InputRequired(), Length(max=200)])
    password = PasswordField(_l("Password"), [InputRequired(), Length(max=200)])
    next = HiddenField()
