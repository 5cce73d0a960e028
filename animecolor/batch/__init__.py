"""Many clips as one job: planned, rendered shot by shot, joined; resumed after anything."""
