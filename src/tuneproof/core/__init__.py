"""The vocabulary: values that every other room speaks in. No I/O, no numpy."""
