"""The queue screen. Only `leadq.launch` starts it; nothing else imports textual."""
