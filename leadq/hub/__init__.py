"""The team's hub on PostgreSQL: its schema, who may do what in it, and the words that a laptop and a hub exchange."""
