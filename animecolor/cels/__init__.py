"""Cut folders: cel layers and a timesheet in, painted cels out, and only what changed is painted."""
