"""The Haimen demonstration: invented people and projects, told through the same verbs as real ones."""
