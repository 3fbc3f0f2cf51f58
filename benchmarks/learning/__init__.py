"""Simulates `capslice learn` on a folder of labelled pictures, without a browser.

`site` shows the pictures and says whether an answer is right; `simulation` answers and fits in
rounds, by the process that `capslice learn` starts.
"""
