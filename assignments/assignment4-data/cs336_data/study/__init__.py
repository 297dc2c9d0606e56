"""Does filtering help? One pool, six ways to choose from it, paired seeds, two tests."""
