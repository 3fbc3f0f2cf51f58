"""How well does a captcha keep machines out? Many solves, what they tell, and a report on it.

    audit.py       an audit from its beginning to its report, or from where it was interrupted
    plan.py        its folder, and what was asked for
    workers.py     many sessions, by several browsers; live.py shows how it goes on
    probes.py      tries each of mistakes.py on the page itself, with exchange.py and leaks.py
    sessions.py    what the journal tells; patterns.py sees the mistakes that show in many captchas
    summary.py     from these to the report; headline.py and verdict.py put it in words
    report.py      the report as data: page.py and junit.py show it, compare.py compares two

Nothing is loaded here, for most of it needs the extra `audit`.
"""
