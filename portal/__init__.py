"""Everything a browser or a provider can reach: settings, addresses, views, forms, the login account, styles.

It decides nothing about care.
"""
