"""The EEG room: where the signal comes in, how it is cleaned, and what is read from it."""
