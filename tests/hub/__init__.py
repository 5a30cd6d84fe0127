"""The hub, as far as it can be proven without a server; the rest is tests/e2e/test_hub*.py."""
