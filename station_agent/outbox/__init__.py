"""Facts on disk until the server has committed them."""
