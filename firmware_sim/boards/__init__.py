"""The station's devices as their vendors documented them: they own their frames."""
