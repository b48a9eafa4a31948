"""Tests of notify: its words, its messages, and the mail that really leaves."""
