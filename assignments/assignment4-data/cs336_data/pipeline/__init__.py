"""From archives to a training set: rules in order, accounts, a journal, shards, a report."""
