"""Pages that look across the stages: desks, reports and sheets."""
