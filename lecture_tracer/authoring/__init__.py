"""What a lecture calls: text, figures, citations, benchmarks, and where they go."""
