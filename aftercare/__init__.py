"""Everything the product knows about people in recovery: plans, meetings, reminders, check-ins, signals, outreach.

It never sees a request and never names a provider.
"""
