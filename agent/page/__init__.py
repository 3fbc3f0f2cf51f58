"""The page with the captcha: its picture, the answer, the verdict, and what happens meanwhile."""
