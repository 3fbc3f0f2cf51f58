"""Commands of `capslice`, a file for each kind of them."""
