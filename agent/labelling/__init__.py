"""A page on this machine to label pictures with.

label_files.py  what is known of the pictures, in labels.csv and unreadable.csv
labelling.py    which picture comes next, and how often suggestions were right
suggestions.py  reads the pictures, and fits better models in the background
page.py         the web page, which talks to labelling.py
"""
