"""Classic weaknesses of captcha pages, tried out one by one."""
