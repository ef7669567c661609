"""Applications: from the draft to the sent version and the eligibility check."""
