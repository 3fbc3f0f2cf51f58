"""The hyperparameters of a network, and the values that suit each kind of network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from capslice.errors import NetworkError

# One network for all slices, one for each slice, or one for the whole picture: with attention for
# each character (`whole`), or with CTC for texts of any length (`columns`).
Sharing = Literal["shared", "each", "whole", "columns"]


@dataclass(frozen=True)
class NetworkShape:
    """The hyperparameters of a network. With the defaults: the article's first slice network.

    That network has 440,454 parameters on the article's first slice (80x54 pixels).

    blocks:           number of convolution blocks; it uses the first `blocks` of `filters`.
    dense:            units of the hidden dense layer.
    dropout:          share of these units that a training step leaves out, in [0, 1).
    filters:          number of filters of each block.
    strided_blocks:   the first blocks have a stride of 2, not pooling, for a quarter of the work.
    last_pooling:     side of the last block's pooling.
    batch_norm:       batch normalisation (Ioffe and Szegedy, 2015) behind each convolution.

    The other fields only apply to the networks over a whole picture, which in turn ignore
    `strided_blocks`, `last_pooling` and `batch_norm`; `columns` only uses `residual`.

    context_features: features of a column's surroundings that the attention sees; 0 for none.
    residual:         blocks add their output to their input (He et al., CVPR 2016).
    peer_attention:   features that a character gets from all characters; 0 for none.
    """

    blocks: int = 4
    dense: int = 512
    dropout: float = 0.0
    filters: tuple[int, ...] = (32, 64, 128, 128)
    strided_blocks: int = 0
    last_pooling: int = 2
    batch_norm: bool = False
    context_features: int = 0
    residual: bool = False
    peer_attention: int = 0

    @property
    def filters_of_blocks(self) -> tuple[int, ...]:
        """The number of filters of each block. Raises NetworkError if `filters` has too few."""
        if not 1 <= self.blocks <= len(self.filters):
            raise NetworkError(
                f"{self.blocks} blocks cannot be built from the filters "
                f"{', '.join(map(str, self.filters))}: give 1 to {len(self.filters)} blocks"
            )
        return self.filters[: self.blocks]


SEED = NetworkShape()
SMALL = NetworkShape(dense=64, filters=(12, 16, 32, 32), strided_blocks=2, batch_norm=True)
WHOLE = NetworkShape(
    blocks=7,
    dense=128,
    filters=(16, 32, 32, 64, 64, 64, 128),
    strided_blocks=2,
    batch_norm=True,
    context_features=32,
)
COLUMNS = NetworkShape(
    blocks=8, filters=(16, 32, 48, 64, 64, 96, 96, 128), batch_norm=True, residual=True
)
GENERAL = NetworkShape(
    blocks=9, filters=(24, 48, 64, 64, 96, 96, 128, 128, 192), batch_norm=True, residual=True
)
