"""Sessions: what a protocol says, put together, run, recorded and reviewed."""
