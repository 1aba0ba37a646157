"""Where EEG comes from: Lab Streaming Layer, files, and the player that turns one into the other."""
