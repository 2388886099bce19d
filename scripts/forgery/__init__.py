"""Forging of certificates, to see that the check rejects what is forged: used by the tests and the benchmark."""
