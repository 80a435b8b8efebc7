"""Reads values as people write them: dates, money, suppliers, yes and no. What has two readings is refused."""
