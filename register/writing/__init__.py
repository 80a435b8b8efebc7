"""Writing the rows of a file into the record, a chunk at a time: one writer for each layout."""
