"""The street between the rooms: the shipped models and the card that every model carries."""

from models.card import Accuracy, Card
from models.errors import CapsliceError, ModelError

__all__ = ["Accuracy", "CapsliceError", "Card", "ModelError"]
