"""The protocol file: its schema, its loading with errors that name the line, and the protocols that are shipped."""
