"""From cleaned samples to numbers: windows, spectra, indices, baselines."""
