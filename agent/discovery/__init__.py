"""Finding the captcha of a page: where its parts are, and what the page says of answers."""

from capslice.agent.discovery.drawing import Drawing
from capslice.agent.discovery.form import Finding, Form, find_form
from capslice.agent.discovery.messages import MOST_RIGHT, find_messages

__all__ = ["MOST_RIGHT", "Drawing", "Finding", "Form", "find_form", "find_messages"]
