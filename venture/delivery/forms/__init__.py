"""The forms of running projects."""

from venture.delivery.forms.running import (
    ActivityCorrectionForm,
    ActivityForm,
    AnswerForm,
    ChangeForm,
    DecisionForm,
    LineCorrectionForm,
    LinesForm,
    MoveForm,
    PlanForm,
    RecommendationForm,
    SheetForm,
    typed_of,
)

__all__ = [
    "ActivityCorrectionForm",
    "ActivityForm",
    "AnswerForm",
    "ChangeForm",
    "DecisionForm",
    "LineCorrectionForm",
    "LinesForm",
    "MoveForm",
    "PlanForm",
    "RecommendationForm",
    "SheetForm",
    "typed_of",
]
