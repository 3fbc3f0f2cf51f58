"""How well does a captcha keep machines out? Many solves, and what they tell."""
