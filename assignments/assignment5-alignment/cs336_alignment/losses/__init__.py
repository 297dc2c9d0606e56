"""Losses, advantages and estimators, one small function for each published formula."""
