"""Records of web archives, from damaged files too, and the pages inside them."""
