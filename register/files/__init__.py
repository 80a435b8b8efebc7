"""Opens CSV and XLSX files as people have them: one stream of rows of text, whatever they were."""
