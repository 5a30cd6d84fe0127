"""The command line: click groups, one file a noun, each imported when it is named."""
