"""What differs from one installation to the next: environment variables with the prefix PONTEIRO_."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The settings of one process; `database_url` is its own database, a URL of PostgreSQL or SQLite."""

    model_config = SettingsConfigDict(env_prefix="PONTEIRO_", extra="ignore", frozen=True)

    database_url: str = ""
    ticketing_database_url: str = ""
    hourbank_database_url: str = ""
    sla_database_url: str = ""
    billing_database_url: str = ""
    notify_database_url: str = ""
    rabbitmq_url: str = ""
    redis_url: str = ""
    token_key: str = Field(default="", repr=False)
    token_key_file: Path | None = None
    smtp_url: str = Field(default="", repr=False)
    mail_dir: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://localhost:8000"
    partitions: int = 4
    events_kept_days: int = 30
    jobs_poll_seconds: float = 15.0
    log_level: str = "INFO"

    def database_of(self, service: str) -> str:
        """The database URL of a service: its own setting, else the common one. Raises KeyError when none is set."""
        url: str = getattr(self, f"{service}_database_url") or self.database_url
        if not url:
            raise KeyError(f"set PONTEIRO_{service.upper()}_DATABASE_URL or PONTEIRO_DATABASE_URL")
        return url
