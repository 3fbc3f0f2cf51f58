"""Text captchas of all kinds, drawn anew each time: what the general reader learns from."""
