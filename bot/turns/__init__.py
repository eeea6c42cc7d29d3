"""One message of a user at a time, in order of arrival, over any number of processes.

WeChat's redeliveries of a message share one result.
"""
