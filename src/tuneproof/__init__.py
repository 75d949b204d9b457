"""tuneproof decides whether a fine-tuned language model is worth shipping."""
__version__ = "0.1.0"
