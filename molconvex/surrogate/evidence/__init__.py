"""How far a surrogate can be believed: metrics, baselines, calibration, cards."""
