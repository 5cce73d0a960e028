"""Judge a coloured clip, whoever painted it: measure, find faults, compare with limits, report."""
