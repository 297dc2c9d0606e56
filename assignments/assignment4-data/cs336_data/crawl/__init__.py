"""Makes archives without a network: real pages over loopback, and junk with labels."""
