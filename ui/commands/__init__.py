"""The commands, by what they are about; `ui/cli.py` names them all."""
