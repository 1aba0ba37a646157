"""How a session wants its sound as a whole: chosen once, the same in every process."""

from __future__ import annotations

from dataclasses import dataclass

from generators.sound.bed import OFF
from generators.sound.palettes import DEFAULT

LEVEL_LUFS = -23.0                 # EBU R 128
CEILING_DBTP = -1.0                # the house ceiling, music.md section 4


@dataclass(frozen=True, slots=True)
class MixSettings:
    """Palette, loudness, ceiling and bed."""

    palette: str = DEFAULT         # a name of `palettes.ROWS`
    level_lufs: float = LEVEL_LUFS     # integrated loudness at the user's level 0 and a loudness of 0 dB
    ceiling_dbtp: float = CEILING_DBTP     # true peak never passed
    bed: str = OFF                 # noise under the music: a name of `bed.NAMES`
    bank: str = ""                 # a file of a SoundFont's rendered notes: `soundfont.render_notes`; "" = none
    trims: bool = True             # whether what is heard corrects the level, slowly: off to measure what it would be


USUAL_MIX = MixSettings()
