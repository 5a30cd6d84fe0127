"""leadq against a CRM that nobody on this project wrote: Tryton on PostgreSQL, a process of its own."""
