"""What is too much: profiles, suppressions, and the judgment with its words."""
