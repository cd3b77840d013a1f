"""Schedule -> calibration."""
