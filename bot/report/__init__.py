"""Numbers out of the record: the annual report, the page of charts, exports."""
