"""Scores a colorizer on clips whose true colors are known, beside answers that need no network."""
