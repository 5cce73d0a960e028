"""What watches a clip: measures of a frame, and what looks for one kind of fault."""
