"""The report of a results folder: its words, tables and figures."""
