"""The vocabularies of learning cycles, which a school extends."""
