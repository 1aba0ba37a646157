"""The simulated listener: a person who hears the music, feels something, and shows a little of it in their EEG."""
