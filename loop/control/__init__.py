"""Controllers: from the state that was measured to where the music should be. Pure arithmetic."""
