"""What every service stands on; it knows no service and, outside events, money and calendar, no business word."""
