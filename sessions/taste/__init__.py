"""What a listener likes, as they say it in a file, and as their ratings tell it."""
