"""What known encoders were trained on for one microvolt: none of them scales what it is shown.

A model that is not in the table is shown microvolts. Weights from elsewhere may have been trained otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping

# A class of `braindecode.models` to its factor. LaBraM and CBraMod: their authors' training code divides microvolts by
# 100 (github.com/935963004/LaBraM, engine_for_finetuning.py; github.com/wjq-learning/CBraMod, its datasets). EEG-DINO:
# braindecode's own page on it.
PER_UV: Mapping[str, float] = {"Labram": 0.01, "CBraMod": 0.01, "EEGDINO": 0.01}


def per_uv(model: str) -> float:
    """Return what a model was trained on for 1 uV; 1 where that is not known."""
    return PER_UV.get(model, 1.0)
