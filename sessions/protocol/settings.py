"""The parts of a protocol that hold for the whole session."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sessions.protocol.part import Part

MAX_LEAD_PER_MIN = 1.0         # half the axis in a minute: faster is not leading
MIN_INTEGRAL_S = 60.0          # science: Ti >= 60 s until the person is known
MAX_GAIN_KP = 0.5              # science: Kp <= 0.5 until the person is known
START_AROUSAL_CAP = 0.4        # the iso principle's start, capped so that no session begins wild
START_VALENCE_FLOOR = -0.2     # and none begins bleak

Direction = Literal["up", "down", "free"]


QUERY = r"^(name|type|source_id)=\S(.*\S)?$"


class Beside(Part):
    """A stream beside the EEG (heart, skin, motion): recorded and shown, read by no decision, never needed."""

    query: str = Field(
        pattern=QUERY,
        description="name=.., type=.. or source_id=... No default. Where it is not there, or is lost, the session says "
        "so and goes on.",
    )


class Stream(Part):
    """Which LSL stream is listened to, and which are recorded beside it."""

    query: str = Field(
        default="type=EEG", pattern=QUERY,
        description="name=.., type=.. or source_id=... type=EEG by default: right where one headset is in the room.",
    )
    roles: dict[str, str] = Field(
        default_factory=dict,
        description="What the stream calls a place (F3: Ch1), where it differs. Empty by default: most streams use the "
        "places' own names.",
    )
    beside: list[Beside] = Field(
        default_factory=list, max_length=8,
        description="Streams that are recorded beside the EEG: [{query: type=ECG}]. Empty by default: nothing is "
        "recorded that was not asked for.",
    )


class DecoderSettings(Part):
    """How a state is read from the signal."""

    name: Literal["index", "riemann", "network", "encoder"] = Field(
        default="index",
        description="index by default: it needs no calibration and every number in it can be read. The others are "
        "learned from one person: `euthymia calibrate` makes them, and says how far they can be trusted.",
    )
    file: str = Field(
        default="", max_length=1000,
        description="Learned decoders only, required there: the card that `euthymia calibrate` wrote, a path beside "
        "this file or from where you are. Empty by default.",
    )
    window_s: float = Field(
        default=4.0, ge=1.0, le=30.0,
        description="Signal behind each reading. 4 s by default: asymmetry's spread is .43 at 2 s and .22 at 4 s, and "
        "longer windows answer later.",
    )
    hop_s: float = Field(
        default=0.25, ge=0.05, le=5.0,
        description="Between readings. 0.25 s by default: well under the seconds in which music can change.",
    )
    spectrum: Literal["welch", "multitaper"] = Field(
        default="welch",
        description="welch by default: Hann segments of 2 s leak least. multitaper: Slepian tapers over the whole "
        "window, steadier from one to the next.",
    )


class Rewarded(Part):
    """What a mirror rewards."""

    valence: Direction = Field(
        default="free", description="up, down or free. free by default: EEG's valence is exploratory.",
    )
    arousal: Direction = Field(default="free", description="up, down or free. free by default: the protocol must say.")


class ControlSettings(Part):
    """How the music follows from state and target."""

    name: Literal["regulate", "mirror", "scripted"] = Field(
        default="regulate",
        description="regulate by default: target minus state moves the music. mirror: the state drives it. scripted: "
        "the course that regulate would give the mean listener, blind to the EEG.",
    )
    lead_per_min: float = Field(
        default=0.15, gt=0.0, le=MAX_LEAD_PER_MIN,
        description="How fast the reference moves to the target. 0.15 a minute by default: a mood "
        "takes 1 to 5 minutes to follow.",
    )
    slew_per_s: float = Field(
        default=0.02, gt=0.0, le=0.2,
        description="How fast the music may move. 0.02 a second by default: a whole axis in 100 s, never a startle.",
    )
    dead_band_sd: float = Field(
        default=1.0, ge=0.0, le=5.0,
        description="Errors under this many SDs of the filtered state move nothing. 1 by default: they are noise.",
    )
    gain_kp: float = Field(
        default=0.3, ge=0.0, le=MAX_GAIN_KP,
        description="Proportional gain. 0.3 by default, 0.5 at most: the person's own gain is unknown, and the loop "
        "must stay stable for the strongest.",
    )
    integral_s: float = Field(
        default=90.0, ge=MIN_INTEGRAL_S, le=3600.0,
        description="Integral time. 90 s by default, 60 s at least: the loop settles in one to two minutes.",
    )
    start_arousal_at_most: float = Field(
        default=START_AROUSAL_CAP, ge=-1.0, le=START_AROUSAL_CAP,
        description="The reference starts where the person is, but no more aroused than this. 0.4 by default: no "
        "session begins wild.",
    )
    start_valence_at_least: float = Field(
        default=START_VALENCE_FLOOR, ge=START_VALENCE_FLOOR, le=1.0,
        description="And no less pleasant than this. -0.2 by default: no session begins bleak.",
    )
    gain: float = Field(
        default=0.4, gt=0.0, lt=0.5,
        description="Mirror only: how much of the state the music takes up. 0.4 by default, under 0.5 always: it is "
        "positive feedback.",
    )
    instruction: str = Field(
        default="", description="Mirror only, required there: what the person is told. Empty by default.",
    )
    strategy: str = Field(
        default="", description="Mirror only, required there: what the person is to try. Empty by default.",
    )
    rewarded: Rewarded = Field(
        default_factory=Rewarded, description="Mirror only, required there: which way the music rewards.",
    )


class MusicSettings(Part):
    """What composes, and how loud."""

    generator: Literal["symbolic", "rules", "musicgen", "transformers-musicgen"] = Field(
        default="symbolic",
        description="symbolic by default: a small trained model writes the lines within a planned form. Where the "
        "machine is too slow for it, the rules take over and the session says so. rules: the algorithmic composer. "
        "musicgen: a large model, heard over the rules once it is loaded and fast enough.",
    )
    model: str = Field(
        default="",
        description="MusicGen only, required there: the folder of its weights (a path beside this file, or from where "
        "one is), or debug (random weights: noise). Empty by default: its weights are your own, licensed CC-BY-NC 4.0, "
        "and need a GPU.",
    )
    allow_download: bool = Field(
        default=False, description="MusicGen only: whether the model may be fetched from its hub. false by default: "
        "nothing leaves or enters this machine.",
    )
    palette: Literal["calm", "warm", "bright", "sparse"] = Field(
        default="calm",
        description="The voices. calm by default: a warm pad, felt-like plucked notes and a soft bass, pleasant for an "
        "hour. warm: soft keys. bright: plucked notes in front. sparse: far-off bells over very little.",
    )
    bed: Literal["off", "rain", "wind", "sea"] = Field(
        default="off",
        description="Noise under the music, 14 LU softer than it. off by default: some ears find none restful.",
    )
    soundfont: str = Field(
        default="",
        description="A SoundFont (.sf2) whose instruments play the palette's voices; a path beside this file, or from "
        "where one is. Empty by default: the program's own instruments answer to every cue and need no file.",
    )
    level_lufs: float = Field(
        default=-23.0, ge=-40.0, le=-16.0,
        description="Loudness at the user's level 0. -23 LUFS by default, as broadcasters do (EBU R 128).",
    )


class Safety(Part):
    """What is never passed, and what a fault does."""

    longest_minutes: float = Field(
        default=40.0, gt=0.0, le=240.0,
        description="Longest protocol. 40 minutes by default: a long sitting with closed eyes and headphones.",
    )
    ceiling_dbtp: float = Field(
        default=-1.0, ge=-20.0, le=-1.0,
        description="True peak never passed. -1 dBTP by default and at most: converters and codecs overshoot.",
    )
    lost_after_s: float = Field(
        default=30.0, ge=2.0, le=600.0,
        description="A source silent for this long pauses the session. 30 s by default: a headset that "
        "reconnects does so sooner.",
    )
    end_lost_after_s: float = Field(
        default=60.0, ge=2.0, le=3600.0,
        description="An unattended session ends when a lost source has not come back for this long. 60 s by default: "
        "nobody is there to mend it.",
    )
    listener: Literal["adult", "sensitive"] = Field(
        default="adult",
        description="Whose ears the sound dose is counted for, after ITU-T H.870. adult by default: 80 dB(A) for 40 "
        "hours a week. sensitive, children too: 75 dB(A). It warns, and moves no music.",
    )
    allow_low_valence: bool = Field(
        default=False, description="Whether a target may have a valence below 0. false by default: sad music "
        "on purpose needs a reason.",
    )
