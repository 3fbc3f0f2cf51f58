"""Tests a captcha page for the classic weaknesses, one by one."""
