"""The anomaly detector: one multivariate normal per key, robustly fitted.

A package of its own, beside `score.py` and `train.py`, because Azure ML puts the folder that holds
the scoring script on the module path: `import anomaly` works the same there and at home.
"""
