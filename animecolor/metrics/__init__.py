"""Measures as pure functions of pictures; each says its unit and its direction."""
