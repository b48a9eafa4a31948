"""Laws about the code are tests about the code."""
