"""Rewards by rule: what an answer says, decided without running anything of it."""
