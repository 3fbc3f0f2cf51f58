"""The commands of `captcha-training`, by what they make; `training/cli.py` puts them together."""
