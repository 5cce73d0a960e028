"""Flats: every region of a drawing gets one color, exactly."""
