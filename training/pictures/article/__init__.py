"""The article's captcha, in its own font and in many others."""
