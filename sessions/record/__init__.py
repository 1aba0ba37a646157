"""The record: every input and every cycle of a session, in one XDF file that can be run again bit for bit."""
