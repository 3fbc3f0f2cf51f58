"""The networks: the whole-picture network, the slice network, and the readers made of them."""
