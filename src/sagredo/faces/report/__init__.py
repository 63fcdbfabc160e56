"""A fit as one self-contained HTML file."""

from sagredo.faces.report.page import report_html, write_report

__all__ = ["report_html", "write_report"]
