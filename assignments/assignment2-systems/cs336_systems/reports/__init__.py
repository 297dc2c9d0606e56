"""Figures and tables drawn from committed records."""
