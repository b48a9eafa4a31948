"""Tests of what an installation is made of: the composed services, the alerts, the dashboard, the gateway."""
