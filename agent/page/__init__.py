"""Acts on the page with the captcha: picture, answer, verdict, and events meanwhile."""
