"""What one does with a session that is over."""
