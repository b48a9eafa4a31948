"""What differs from one installation to the next: environment variables with the prefix PONTEIRO_."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Issuer(BaseModel):
    """Another house whose word is taken for whose address it is (OpenID Connect), at one provider."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str
    audience: str
    jwks_url: str
    tenant: str


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
    oidc_issuers: tuple[Issuer, ...] = ()  # a list in JSON
    smtp_url: str = Field(default="", repr=False)
    mail_dir: Path | None = None
    attachments_url: str = Field(default="", repr=False)  # file:///folder or s3://bucket/prefix?endpoint=...
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://localhost:8000"
    web_origins: tuple[str, ...] = ()  # pages of elsewhere whose scripts may ask, a list in JSON
    requests_a_minute: int = Field(default=1200, ge=0)  # of one client; 0: as many as it likes
    partitions: int = 4
    events_kept_days: int = 30
    audit_kept_days: int = Field(default=1827, ge=1)  # who did what: as long as the tickets that it was done to (5.1)
    jobs_poll_seconds: float = 15.0
    log_level: str = "INFO"

    def signing_key(self) -> str:
        """The key that signs tokens and links, a JWK in JSON; empty when none is set. Raises OSError."""
        return self.token_key if self.token_key_file is None else self.token_key_file.read_text()

    def database_of(self, service: str) -> str:
        """The database URL of a service: its own setting, else the common one. Raises KeyError when none is set."""
        url: str = getattr(self, f"{service}_database_url") or self.database_url
        if not url:
            raise KeyError(f"set PONTEIRO_{service.upper()}_DATABASE_URL or PONTEIRO_DATABASE_URL")
        return url
