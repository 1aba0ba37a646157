from __future__ import annotations

import numpy as np
import pytest

from loop.values import FloatArray
from sensing.features.indices import ALPHA, BETA, INDICES, THETA, BandPowers, Bands, band_powers
from sensing.features.spectrum import FREQUENCIES_HZ

COLUMNS = {"F3": 0, "F4": 1, "Fz": 2, "Pz": 3, "O1": 4, "O2": 5, "Oz": 6}


def powers(**gains: dict[int, float]) -> BandPowers:
    """Power 1 uV^2 in every band and role, but for the gains by role and band."""
    values = np.ones((3, 7))
    for role, of_band in gains.items():
        for band, gain in of_band.items():
            values[band, COLUMNS[role]] = gain
    return BandPowers(np.log(values), COLUMNS)


def value(name: str, of: BandPowers) -> float:
    return float(INDICES[name].of(of))


def test_bands_follow_the_individual_alpha() -> None:
    assert Bands(10.0).edges_hz == ((4.0, 8.0), (8.0, 12.0), (13.0, 30.0))
    assert Bands(11.5).edges_hz == ((5.5, 9.5), (9.5, 13.5), (14.5, 30.0))


@pytest.mark.parametrize("iaf_hz", [8.0, 9.87, 10.0, 12.3])
def test_a_band_holds_as_many_hertz_as_it_is_wide(iaf_hz: float) -> None:
    bands = Bands(iaf_hz)
    widths = [high - low for low, high in bands.edges_hz]
    assert bands.weights_hz().sum(axis=1) == pytest.approx(widths)


def test_flat_density_gives_power_by_width() -> None:
    got = band_powers(np.zeros((7, len(FREQUENCIES_HZ))), Bands().weights_hz(), COLUMNS)
    assert np.exp(got.values[:, 0]) == pytest.approx([4.0, 4.0, 17.0])


def test_beta_raises_arousal_and_alpha_lowers_it() -> None:
    assert value("arousal", powers(F3={BETA: np.e}, F4={BETA: np.e})) == pytest.approx(1.0)
    assert value("arousal", powers(F3={ALPHA: np.e}, F4={ALPHA: np.e})) == pytest.approx(-1.0)


def test_one_bad_electrode_moves_arousal_by_half_its_own_ratio() -> None:
    assert value("arousal", powers(F3={BETA: np.e**4})) == pytest.approx(2.0)


def test_more_alpha_on_the_right_is_positive() -> None:
    assert value("asymmetry", powers(F4={ALPHA: 2.0})) == pytest.approx(np.log(2))
    assert value("asymmetry", powers(F3={ALPHA: 2.0})) == pytest.approx(-np.log(2))


def test_engagement_is_beta_over_alpha_and_theta() -> None:
    assert value("engagement", powers()) == pytest.approx(np.log(1 / 2))


def test_midline_theta_is_that_of_fz() -> None:
    assert value("midline_theta", powers(Fz={THETA: 5.0})) == pytest.approx(np.log(5))


def test_sleep_onset_lowers_alpha_and_raises_theta_over_alpha() -> None:
    onset = powers(**{role: {ALPHA: 0.5} for role in ("Pz", "O1", "O2", "Oz")})
    assert value("posterior_alpha", onset) == pytest.approx(-np.log(2))
    assert value("theta_alpha", onset) == pytest.approx(np.log(2))


def test_no_gain_of_the_amplifier_changes_a_ratio() -> None:
    log_psd = np.random.default_rng(1).normal(size=(7, len(FREQUENCIES_HZ)))
    quiet, loud = (band_powers(each, Bands().weights_hz(), COLUMNS) for each in (log_psd, log_psd + 3.0))
    for name in ("arousal", "asymmetry", "engagement", "theta_alpha"):
        assert value(name, loud) == pytest.approx(value(name, quiet))


def test_a_missing_role_gives_no_number() -> None:
    few = BandPowers(np.zeros((3, 2)), {"F3": 0, "F4": 1})
    assert np.isnan(value("midline_theta", few))
    assert np.isnan(value("posterior_alpha", few))
    assert value("arousal", few) == 0.0


def test_many_windows_give_what_each_gives() -> None:
    log_psd: FloatArray = np.random.default_rng(2).normal(size=(5, 7, len(FREQUENCIES_HZ)))
    together = band_powers(log_psd, Bands().weights_hz(), COLUMNS)
    for row in INDICES.values():
        alone = [float(row.of(band_powers(each, Bands().weights_hz(), COLUMNS))) for each in log_psd]
        assert np.allclose(row.of(together), alone)


def test_every_index_says_where_it_comes_from_and_what_is_wrong_with_it() -> None:
    for row in INDICES.values():
        assert all((row.formula, row.unit, row.source, row.caveat))
