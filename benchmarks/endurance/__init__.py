"""Long runs: a thousand captchas on failing pages, kills, and a captcha that changes."""
