"""Disclosure requests, complaints and reports: their numbers, their life by the law, their deadlines."""
