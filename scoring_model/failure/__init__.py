"""The failure classifier: how likely does a machine fail within the next day?

The second sample, as different from `anomaly` as the contract allows: one model for all machines,
learned from what is known about the past, with scikit-learn doing all the work.
"""

from failure.classifier import load, predict

__all__ = ["load", "predict"]
