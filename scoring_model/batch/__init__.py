"""Scores parts with any model: what `README.md` calls "done for you".

A model is a module with `load(folder)` and `predict(model, windows)`; this package reads parts,
hands `predict` batches of windows, and turns its answers into one row for each row of a part.
"""
