"""Containers of evalset rows, one file each. The file name is the format, its suffixes say which files it reads."""
