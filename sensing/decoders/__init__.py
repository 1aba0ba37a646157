"""From numbers to a state of feeling, and how sure that is."""
