"""The rows of `cleaning`: what is done to the signal, in the order in which it is done."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sessions.protocol.part import OneKeyRow, Part


class Highpass(Part):
    """Takes out drift; causal."""

    cut_hz: float = Field(
        default=1.0, ge=0.1, le=2.0,
        description="Cut. 1 Hz by default: it removes electrode drift and leaves theta, which begins near 4 Hz, alone.",
    )


class Lowpass(Part):
    """Takes out what lies above the bands in use; causal."""

    cut_hz: float = Field(
        default=45.0, ge=35.0, le=120.0,
        description="Cut. 45 Hz by default: below the mains, above beta (to 30 Hz) and most of the muscle band "
        "(30 to 45 Hz) that the gate reads.",
    )


class Notch(Part):
    """Takes out the hum of the mains; causal."""

    line_hz: Literal["auto", 50, 60] = Field(
        default="auto",
        description="Mains frequency. auto by default: 50 or 60 Hz, whichever the spectrum shows, for a wrong notch "
        "leaves the hum in and the gate then flags everything.",
    )


class Eog(Part):
    """Takes eye movements out by regression on channels that watch the eyes; causal, without delay, off by default."""

    channels: Literal["auto"] | Annotated[list[str], Field(min_length=1)] = Field(
        default="auto",
        description="auto, or a list of channel labels. auto by default: every EOG channel of the stream; where there "
        "is none nothing is taken out, and the session says so. Frontal EEG (Fp1, Fp2) may be named instead, where the "
        "decoder does not read it: it sees the eyes, and some brain with them. Learned from blinks at rest before "
        "steering begins: 10, or 5 by a baseline's end.",
    )


class Asr(Part):
    """Reconstructs bursts (artefact subspace reconstruction); causal, without delay, off by default."""

    cutoff_sd: float = Field(
        default=20.0, ge=5.0, le=100.0,
        description="Spreads above clean rest at which a component is a burst. 20 by default: lower takes brain "
        "activity with it (5 is aggressive), higher lets bursts through. Needs 9 EEG channels or more; learned from a "
        "minute of clean rest before steering begins, or 20 s by a baseline's end.",
    )


class Gate(Part):
    """Says which windows are too bad to move the music."""

    amplitude_uv: float = Field(
        default=100.0, gt=0.0, le=1000.0,
        description="Largest distance from zero. 100 uV by default: above any rhythm at rest, below a blink's peak.",
    )
    peak_to_peak_uv: float = Field(
        default=150.0, gt=0.0, le=2000.0,
        description="Largest span within a window. 150 uV by default: as for amplitude_uv, for slow swings.",
    )
    step_uv_per_ms: float = Field(
        default=25.0, gt=0.0, le=500.0,
        description="Steepest step. 25 uV/ms by default: faster than any rhythm, as fast as an electrode that pops.",
    )
    flat_s: float = Field(
        default=0.5, gt=0.0, le=10.0,
        description="Longest stretch under 0.5 uV. 0.5 s by default: an electrode that hangs loose or a stuck channel.",
    )


class Rereference(Part):
    """Chooses what voltages are measured against."""

    to: Literal["average", "device", "ears"] | Annotated[list[str], Field(min_length=1)] = Field(
        default="average",
        description="average, device, ears, or a list of channel labels. average by default; it is taken only with 16 "
        "channels or more that cover the head (four channels push occipital alpha forward), else the device's stays. "
        "ears: the mean of A1 and A2, or of M1 and M2; others that lie near may be listed (TP9, TP10).",
    )


CleaningStep = Highpass | Lowpass | Notch | Eog | Asr | Gate | Rereference


class CleaningRow(OneKeyRow):
    """One step of the cleaning: a mapping with one key."""

    highpass: Highpass | None = Field(default=None, description="Takes out drift.")
    lowpass: Lowpass | None = Field(default=None, description="Takes out what lies above the bands in use.")
    notch: Notch | None = Field(default=None, description="Takes out the hum of the mains.")
    eog: Eog | None = Field(default=None, description="Takes eye movements out, where channels watch the eyes.")
    asr: Asr | None = Field(default=None, description="Reconstructs bursts, with 9 EEG channels or more.")
    gate: Gate | None = Field(default=None, description="Says which windows are too bad to move the music.")
    rereference: Rereference | None = Field(default=None, description="Chooses what voltages are measured against.")

    @property
    def step(self) -> CleaningStep:
        """What stands under the key."""
        step: CleaningStep = getattr(self, self.kind)
        return step


def usual_cleaning() -> list[CleaningRow]:
    """Return the rows of a protocol that names none: `eog` and `asr` change the signal, so a protocol asks for them."""
    return [
        CleaningRow(highpass=Highpass()),
        CleaningRow(lowpass=Lowpass()),
        CleaningRow(notch=Notch()),
        CleaningRow(gate=Gate()),
        CleaningRow(rereference=Rereference()),
    ]


