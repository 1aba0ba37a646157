"""The embedded generative model: a small transformer over bars, and what it is trained on."""
