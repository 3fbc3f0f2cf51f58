"""Decodes the output of a model to the most probable text under what is known of the answer."""

from capslice.models.decoding.decoder import Decoded, Decoder
from capslice.models.decoding.known import Case, Known

__all__ = ["Case", "Decoded", "Decoder", "Known"]
