"""MusicGen as a continuous stream that follows the state: for people with a GPU and weights of their own."""
