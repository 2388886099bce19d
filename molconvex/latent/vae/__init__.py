"""The bundled latent model: network, tokens, and the model that encodes and decodes."""
