"""Depth as renormalisation."""
