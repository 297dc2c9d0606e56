"""The local web service: serves viewer and traces, records on save, runs lectures on request."""
