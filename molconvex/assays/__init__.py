"""Train and evaluate surrogates from tables of measured values."""
