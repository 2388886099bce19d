"""Training of surrogates on latents."""
