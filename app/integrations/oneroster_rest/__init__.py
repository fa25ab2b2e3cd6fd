"""Reading a OneRoster 1.2 service, page by page, into the tables that the CSV reader takes.

No database here: where a reader stands is handed in and given back.
"""
