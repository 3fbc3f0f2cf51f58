"""All that touches a browser: starting one, the captcha's page, and the rules of conduct there."""
