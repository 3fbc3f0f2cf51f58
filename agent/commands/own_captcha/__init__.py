"""The commands that lead from a page to a model of its captcha: one module each."""
