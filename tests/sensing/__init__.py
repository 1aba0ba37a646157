"""Tests of the EEG room."""
