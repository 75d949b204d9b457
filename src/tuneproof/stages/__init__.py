"""One hand-over of the walk a file, each with one function named like its file."""
