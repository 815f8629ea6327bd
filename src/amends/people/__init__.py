"""Customers and the handles under which they write."""
