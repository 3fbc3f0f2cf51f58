"""Tests how the agent copes with a thousand captchas on failing pages, and with being killed."""
