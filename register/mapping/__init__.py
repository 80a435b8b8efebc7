"""Which column of somebody's file is which of a layout's: proposed, shown, kept as a small file and used again."""
