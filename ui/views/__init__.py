"""The parts of the monitor window, each drawn by itself from a snapshot."""
