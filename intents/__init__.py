"""From what a citizen typed to what is meant: normalising, ranking, calibrated rejection."""
