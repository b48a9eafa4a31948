"""Tests of the embedded house."""
