"""`learn`: answers captchas, fits a model to what the site said to them, and goes on with it.

learning.py   the loop: one step after the other, until a goal is reached
steps.py      what the next step is; it depends on nothing but the folder
folder.py     the folder: journal, evidence, rounds, and the model at hand
answers.py    the answers sent so far, from the journal
answering.py  sends more answers
case.py       finds out whether the site minds case
fitting.py    fits a model in a process of its own, which loads TensorFlow
summary.py    what was reached: the curve, and what `--json` prints
"""
