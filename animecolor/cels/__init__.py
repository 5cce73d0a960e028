"""Cut folders: cel layers and a timesheet in, painted cels out; only what changed is painted."""
