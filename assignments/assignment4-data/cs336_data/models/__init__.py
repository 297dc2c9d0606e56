"""Small models: where they lie, how they are trained, what they were measured to do."""
