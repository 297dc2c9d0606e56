"""Common Crawl files and single pages from it, for those with a network."""
