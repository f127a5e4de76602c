"""This week: the situation sheet, today's analysis, tomorrow's outlook, and the score of past ones."""
