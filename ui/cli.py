"""The command line: names every command, runs one, and turns what goes wrong into one sentence and an exit code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast

import typer

from loop.errors import EuthymiaError
from ui import flags
from ui.commands import music, records, sessions, setup, streams
from ui.saying import say, show_lines

USAGE_EXIT = 2
INTERRUPTED_EXIT = 130
USAGE_ERROR = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[1])   # click's, wherever typer has its click

Command = Callable[..., None]
# In the order of `--help`.
COMMANDS: tuple[Command, ...] = (
    sessions.demo, sessions.run, sessions.calibrate, music.calibrate_sound, records.evaluate,
    streams.play, streams.bridge, streams.devices, streams.features, records.replay, streams.streams,
    music.compose, music.generators, sessions.monitor, sessions.stop, records.recover, setup.doctor,
)
GROUPS: tuple[tuple[str, str, Mapping[str, Command]], ...] = (
    ("protocol", "Protocol files: list, check, schema.",
     {"list": setup.protocol_list, "check": setup.protocol_check, "schema": setup.protocol_schema}),
    ("taste", "Listeners' files: show what one says; learn from ratings.",
     {"show": records.taste_show, "learn": records.taste_learn}),
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
for command in COMMANDS:
    app.command()(command)
for group, about, members in GROUPS:
    room = typer.Typer(rich_markup_mode=None, help=about)
    for name, member in members.items():
        room.command(name)(member)
    app.add_typer(room, name=group)


@app.callback(invoke_without_command=True)
def _top(context: typer.Context, version: flags.VersionFlag = False) -> None:
    """Closed-loop EEG and music. Research use only; not for diagnosis or treatment."""
    if version:
        from importlib.metadata import version as installed

        show_lines([installed("euthymia")])
    elif context.invoked_subcommand is None:
        show_lines([context.get_help()])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code; what goes wrong becomes one sentence on stderr."""
    try:
        return int(app(arguments, standalone_mode=False) or 0)
    except EuthymiaError as error:
        say(str(error))
        return error.exit_code
    except USAGE_ERROR as error:
        said = error.format_message()
        say(f"{said}{' ' if said.endswith(('.', '?')) else '. '}See `euthymia --help`.")
        return USAGE_EXIT
    except (KeyboardInterrupt, typer.Abort):
        say("interrupted")
        return INTERRUPTED_EXIT
