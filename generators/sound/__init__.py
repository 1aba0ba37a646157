"""The sound process: a beat clock, voices, a master bus, and the ring that carries what was played to the recorder."""
