"""How well does a captcha keep machines out? Many solves, and what they tell.

audit(settings, folder, plan)   do it, and report
report(folder)                  report on what a folder has
"""

from agent.audit.audit import audit, report
from agent.audit.plan import Folder, Plan
from agent.audit.report import Report, Weakness

__all__ = ["Folder", "Plan", "Report", "Weakness", "audit", "report"]
