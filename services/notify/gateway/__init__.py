"""The outside world of notify: e-mail, out."""

from services.notify.gateway.approving import Signer, signer_of
from services.notify.gateway.mail import compose
from services.notify.gateway.smtp import Post, Server, Shelf, SmtpPost, post_of, read_server
from services.notify.gateway.unsubscribing import Unsubscription

__all__ = [
    "Post",
    "Server",
    "Shelf",
    "Signer",
    "SmtpPost",
    "Unsubscription",
    "compose",
    "post_of",
    "read_server",
    "signer_of",
]
