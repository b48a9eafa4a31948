"""Faults: real processes, PostgreSQL and RabbitMQ, taken away at the worst moments; a checker counts after each."""
