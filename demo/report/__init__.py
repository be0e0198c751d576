"""The report: one HTML file without anything to load, readable in light and in dark."""

from demo.report.page import report_html

__all__ = ["report_html"]
