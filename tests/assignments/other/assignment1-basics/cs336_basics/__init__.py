"""Assignment 1 written another way than the course's: the contract and nothing more."""
