"""Sends approved warnings to their subscribers, and keeps WeChat's tags like the subscriptions."""
