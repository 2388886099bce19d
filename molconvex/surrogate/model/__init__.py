"""Fitted surrogates: targets, costs, uncertainty, applicability domain."""
