"""The commands that act on pages and read pictures, one file each."""
