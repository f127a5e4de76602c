"""Errors, units, dates, random streams and text: what every floor above stands on."""
