"""Finds the captcha of a page, and the messages that tell a right answer from a wrong one."""

from capslice.agent.discovery.drawing import Drawing
from capslice.agent.discovery.form import Finding, Form, find_form
from capslice.agent.discovery.messages import find_messages
from capslice.agent.discovery.trial import MOST_RIGHT

__all__ = ["MOST_RIGHT", "Drawing", "Finding", "Form", "find_form", "find_messages"]
