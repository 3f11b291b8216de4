"""Pure: the bytes of a feed, in one of three formats, become listings and warnings."""
