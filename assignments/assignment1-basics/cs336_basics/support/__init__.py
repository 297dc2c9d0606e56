"""What commands share: worker processes, files that appear whole, one line per error."""
