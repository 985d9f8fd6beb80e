"""Nouns that stages, ops and the service share. Imports none of them."""
