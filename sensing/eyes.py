"""Which channels watch the eyes, for the step that takes eye movements out of the EEG.

A block holds the EEG channels first, and behind them those EOG channels that the step asks for; the cleaning drops them
again. A protocol may name EEG channels instead (`Fp1`, `Fp2`, where there is no EOG): they serve as eyes and stay in
the EEG as they are, so no role may stand on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loop.errors import MontageError
from loop.values import Header
from sensing.cleaning.eog import EyeColumns
from sensing.montage import MICROVOLTS, channel_name, eog_channels

AUTO = "auto"
NO_EOG = "There is no EOG channel, so eye movements are not taken out: the gate handles blinks."


@dataclass(frozen=True, slots=True)
class Eyes:
    """Where the eyes are."""

    extra: tuple[int, ...] = ()            # of the header: channels that a block holds behind the EEG
    columns: EyeColumns | None = None      # of a block; None without the step
    note: str = ""                         # why there is no step


def find_eyes(
    header: Header, wanted: str | Sequence[str] | None, eeg: Sequence[int], roles: Mapping[str, int],
) -> Eyes:
    """Return where the eyes are.

    Parameters
    ----------
    header : Header
        Of the stream.
    wanted : "auto", labels or None
        auto takes every EOG channel; None leaves the step out.
    eeg : Sequence[int]
        The EEG channels of the header, in the order of a block's columns.
    roles : Mapping[str, int]
        Role to column.

    Raises
    ------
    MontageError
        Where a named channel is missing, or a role stands on it.
    """
    if wanted is None:
        return Eyes()
    found = eog_channels(header) if wanted == AUTO else tuple(_named(header, label, eeg, roles) for label in wanted)
    if not found:
        return Eyes(note=NO_EOG)
    extra = tuple(index for index in found if index not in eeg)
    order = [*eeg, *extra]
    eyes = tuple(order.index(index) for index in found)
    freed = tuple(column for column in range(len(eeg)) if column not in eyes)
    return Eyes(extra, EyeColumns(eyes, freed, tuple(header.labels[index] for index in found)))


def _named(header: Header, label: str, eeg: Sequence[int], roles: Mapping[str, int]) -> int:
    wanted = {label.strip().lower(), (channel_name(label) or label).lower()}
    voltages = [index for index, unit in enumerate(header.units) if unit == MICROVOLTS]
    found = next((index for index in voltages if wanted & _names(header.labels[index])), -1)
    if found < 0:
        there = ", ".join(header.labels[index] for index in voltages)
        raise MontageError(f'cleaning: eog: "{label}" is no voltage of "{header.name}"', f"its voltages are {there}")
    taken = [role for role, column in roles.items() if eeg[column] == found]
    if taken:
        raise MontageError(f'cleaning: eog: "{label}" stands for {taken[0]} in "{header.name}"',
                           "name a channel that the decoder does not read, or leave the row eog out")
    return found


def _names(label: str) -> set[str]:
    return {label.strip().lower(), (channel_name(label) or "").lower()}
