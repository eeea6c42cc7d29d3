"""The forms there are."""

from handlers.forms.complaint import ComplaintForm
from handlers.forms.disclosure import DisclosureForm
from handlers.forms.form import Form, FormSpec, spec
from handlers.forms.report import ReportForm

FORMS: dict[str, type[Form]] = {form.called: form for form in (DisclosureForm, ComplaintForm, ReportForm)}


def form_spec(name: str) -> FormSpec:
    """The form of that name.

    Raises:
        KeyError: there is none (a draft of a form that a deploy removed).
    """
    return spec(FORMS[name])
