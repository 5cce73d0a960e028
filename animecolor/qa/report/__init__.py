"""The judgment as files: tables, markers and one page."""
