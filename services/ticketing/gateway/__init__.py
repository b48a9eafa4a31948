"""The outside world: other houses that say who somebody is (OpenID Connect), and a store of files."""

from services.ticketing.gateway.oidc import Issuers, Verified
from services.ticketing.gateway.storage import Storage, StorageAway, storage_of

__all__ = ["Issuers", "Storage", "StorageAway", "Verified", "storage_of"]
