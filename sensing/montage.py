"""Electrode labels: which channels are EEG, which are EOG, and which one stands where the loop needs it.

Streams and files write the same electrode in many ways (`EEG F3`, `F3-A1`, `F3..`, `FP1`, `T3`); everything above
this file knows only the names of the 10-05 system (Oostenveld & Praamstra 2001, doi 10.1016/S1388-2457(00)00527-7).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from xml.etree import ElementTree

from loop.errors import MontageError
from loop.values import Header

MICROVOLTS = "microvolts"
EEG = "eeg"

# The 10-05 names, as in the template montage that MNE-Python calls `standard_1005`, without the half-step
# names, which differ from these by a last "h".
_WHOLE_STEPS = """
Fp1 Fpz Fp2 AF9 AF7 AF5 AF3 AF1 AFz AF2 AF4 AF6 AF8 AF10 F9 F7 F5 F3 F1 Fz F2 F4 F6 F8 F10 FT9 FT7 FC5 FC3
FC1 FCz FC2 FC4 FC6 FT8 FT10 T9 T7 C5 C3 C1 Cz C2 C4 C6 T8 T10 TP9 TP7 CP5 CP3 CP1 CPz CP2 CP4 CP6 TP8 TP10
P9 P7 P5 P3 P1 Pz P2 P4 P6 P8 P10 PO9 PO7 PO5 PO3 PO1 POz PO2 PO4 PO6 PO8 PO10 O1 Oz O2 I1 Iz I2
AFp9 AFp7 AFp5 AFp3 AFp1 AFpz AFp2 AFp4 AFp6 AFp8 AFp10 AFF9 AFF7 AFF5 AFF3 AFF1 AFFz AFF2 AFF4 AFF6 AFF8
AFF10 FFT9 FFT7 FFC5 FFC3 FFC1 FFCz FFC2 FFC4 FFC6 FFT8 FFT10 FTT9 FTT7 FCC5 FCC3 FCC1 FCCz FCC2 FCC4 FCC6
FTT8 FTT10 TTP9 TTP7 CCP5 CCP3 CCP1 CCPz CCP2 CCP4 CCP6 TTP8 TTP10 TPP9 TPP7 CPP5 CPP3 CPP1 CPPz CPP2 CPP4
CPP6 TPP8 TPP10 PPO9 PPO7 PPO5 PPO3 PPO1 PPOz PPO2 PPO4 PPO6 PPO8 PPO10 POO9 POO7 POO5 POO3 POO1 POOz POO2
POO4 POO6 POO8 POO10 OI1 OIz OI2
"""
WHOLE_STEPS = tuple(_WHOLE_STEPS.split())
EARS = ("A1", "A2", "M1", "M2")
# Names of the older 10-20 system (Klem et al. 1999).
OLD_NAMES = {"t3": "T7", "t4": "T8", "t5": "P7", "t6": "P8"}
# What may follow a hyphen and still leave the first electrode's own signal: a common reference.
REFERENCES = frozenset(
    ("a1", "a2", "m1", "m2", "a1a2", "a1+a2", "m1m2", "m1+m2", "le", "re", "lm", "rm", "ler", "ref", "avg", "ave", "av",
     "ar", "car", "nose")
)

PREFIX = re.compile(r"^(eeg|pol|raw)[ _:.\-]+(?=\S)", re.IGNORECASE)   # "EEG.AF3": Emotiv; "RAW_TP9": Mind Monitor
EOG_LABEL = re.compile(r"eog|^(loc|roc)\b", re.IGNORECASE)
NOT_EEG_LABEL = re.compile(
    r"eog|ecg|ekg|emg|gsr|eda|resp|ppg|pulse|temp|aux|acc|gyr|trig|stim|^sti|status|marker|event|annot|count|"
    r"time|sample|batt|digital|analog|^dc\d*$|^(loc|roc)\b",
    re.IGNORECASE,
)

# Where an electrode is missing: the nearest that carries the same thing, pairs together so that left and right match.
# Frontal rows: science notes, "AF4/AF3, AF8/AF7, Fp2/Fp1 where F is missing"; the others are neighbours on the scalp.
FALLBACKS: tuple[tuple[tuple[str, ...], ...], ...] = (
    (("F3", "F4"), ("AF3", "AF4"), ("AF7", "AF8"), ("Fp1", "Fp2")),
    (("O1", "O2"), ("PO7", "PO8"), ("PO3", "PO4"), ("P7", "P8"), ("P3", "P4")),
    (("Fz",), ("AFz",), ("FCz",)),
    (("Cz",), ("FCz",), ("CPz",)),
    (("Pz",), ("POz",), ("CPz",)),
    (("Oz",), ("POz",), ("Iz",)),
)


@cache
def _names_by_lower_case() -> dict[str, str]:
    halves = [f"{name}h" for name in WHOLE_STEPS if not name.endswith("z")]
    return {name.lower(): name for name in (*WHOLE_STEPS, *halves, *EARS)} | OLD_NAMES


def channel_name(label: str) -> str | None:
    """Return the 10-05 name of the electrode that `label` means, or None.

    A bipolar derivation (`Fp1-F7`, `A2-A1`) is no electrode: None.
    """
    bare = PREFIX.sub("", label.strip()).strip(" .")
    electrode, _, reference = bare.partition("-")
    name = _names_by_lower_case().get(electrode.strip(" .").lower())
    if reference and (name in EARS or reference.strip(" .").lower() not in REFERENCES):
        return None
    return name


def ear_name(label: str) -> str:
    """Return A1, A2, M1 or M2 where `label` means that electrode against the device's reference, else ""."""
    bare = PREFIX.sub("", label.strip()).strip(" .")
    electrode, _, reference = bare.partition("-")
    name = electrode.strip(" .").upper()
    return name if name in EARS and reference.strip(" .").lower() in ("", "ref") else ""


def channel_types(header: Header) -> tuple[str, ...]:
    """Return the type of each channel in lower case (`eeg`, `eog`, ...), "" where the header does not say."""
    blank = ("",) * len(header.labels)
    if not header.xml:
        return blank
    try:
        channels = ElementTree.fromstring(header.xml).findall("./desc/channels/channel")
    except ElementTree.ParseError:
        return blank
    types = tuple((channel.findtext("type") or "").strip().lower() for channel in channels)
    return types if len(types) == len(blank) else blank


def eeg_channels(header: Header) -> tuple[int, ...]:
    """Return the indices of the channels that are EEG: microvolts, a known electrode, and no other type declared.

    Where not one label is known (`ch1`, `ch2`, ...) and the stream says that it is EEG, all voltages whose label does
    not say otherwise are. Ear electrodes are references and stay out.
    """
    types = channel_types(header)
    voltages = [i for i, unit in enumerate(header.units) if unit == MICROVOLTS and types[i] in ("", EEG)]
    names = {i: channel_name(header.labels[i]) for i in voltages}
    if any(names.values()):
        return tuple(i for i in voltages if names[i] and names[i] not in EARS)
    is_eeg = header.kind.lower() == EEG
    return tuple(i for i in voltages if (is_eeg or types[i]) and not NOT_EEG_LABEL.search(header.labels[i]))


def eog_channels(header: Header) -> tuple[int, ...]:
    """Return the indices of the channels that record eye movements, by type or by label."""
    return tuple(
        i
        for i, kind in enumerate(channel_types(header))
        if header.units[i] == MICROVOLTS and (kind == "eog" or EOG_LABEL.search(header.labels[i]))
    )


def present_roles(header: Header, wanted: Mapping[str, str]) -> dict[str, int]:
    """Return the channel of each role whose electrode, or a stand-in for it, is there.

    Parameters
    ----------
    header : Header
        Of the stream.
    wanted : Mapping[str, str]
        Role to electrode: ``{"left": "F3", "right": "F4"}``. Electrodes that `FALLBACKS` pairs fall back together.
    """
    index_of = {channel_name(header.labels[i]): i for i in reversed(eeg_channels(header))}
    stand_ins = {name: name for name in wanted.values()} | _stand_ins(set(wanted.values()), index_of.keys())
    return {role: index_of[stand_ins[name]] for role, name in wanted.items() if stand_ins[name] in index_of}


def _stand_ins(wanted: set[str], there: Collection[str | None]) -> dict[str, str]:
    chosen: dict[str, str] = {}
    for rows in FALLBACKS:
        places = [place for place, name in enumerate(rows[0]) if name in wanted]
        for row in rows:
            if all(row[place] in there for place in places):
                chosen |= {rows[0][place]: row[place] for place in places}
                break
    return chosen


def find_roles(header: Header, wanted: Mapping[str, str]) -> dict[str, int]:
    """Return the channel of every role.

    Raises
    ------
    MontageError
        Where neither an electrode nor a stand-in for it is there; names the channels that are.
    """
    found = present_roles(header, wanted)
    missing = [name for role, name in wanted.items() if role not in found]
    if missing:
        raise MontageError(
            f'no channel for {", ".join(missing)} in "{header.name}", which has: {", ".join(header.labels) or "none"}',
            "name the channels by the 10-20 system in the device's software, or place the missing electrodes",
        )
    return found
