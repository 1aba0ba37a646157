"""Music: composers that turn an intent into bars, and the sound process that plays them."""
