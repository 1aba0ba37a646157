"""From raw samples to samples that may be trusted, or are said to be bad."""
