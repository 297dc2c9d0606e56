"""The local web service: serves viewer and traces, records again on save, runs lectures on request."""
