"""Fresh pictures of a captcha page, taken without submitting an answer."""
