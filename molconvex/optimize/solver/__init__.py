"""The batched first-order solver with certificates."""
