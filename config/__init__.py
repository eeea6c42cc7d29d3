"""Settings, every sentence users read, the law and the calendar as data files."""
