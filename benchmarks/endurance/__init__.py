"""What the agent endures: a thousand captchas on failing pages, and being killed."""
