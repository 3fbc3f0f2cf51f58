"""Audits: solve a captcha many times, test its page for classic weaknesses, and report.

audit.py       runs an audit, or continues an interrupted one
plan.py        the folder of an audit, and what was asked for
workers.py     many sessions in several browsers at once; progress.py shows how far they are
probing/       tests the page for the weaknesses that weaknesses.py lists
sessions.py    reads the sessions from the journal
answer_space.py which answers are possible; randomness.py finds the weaknesses that only many
               captchas reveal
thresholds.py  the solve rate by the confidence from which readings are typed
evidence.py    whether the model is made for the captcha
summary.py     makes the report from all of these
report/        the data of the report, and its formats
"""
