"""The connection to the login node, and scripts run over it."""
