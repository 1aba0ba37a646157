"""The algorithmic composer: endless, seeded, never the same bar twice, resolving when asked to end."""
