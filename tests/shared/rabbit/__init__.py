"""Tests of the room that speaks to RabbitMQ, each in a vhost of its own on a real broker."""
