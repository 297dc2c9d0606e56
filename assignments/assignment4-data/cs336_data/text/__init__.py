"""What several rules need of a text: its words and their hashes, lines, normal forms."""
