"""Commands of `captcha-agent`, a file for each kind of them."""
