"""The captcha of the article, in its own font and in many others."""
