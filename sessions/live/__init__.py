"""The session's live folder: what a window reads of a session, and how it sends a person's wishes."""
