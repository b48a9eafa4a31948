"""The outside world of notify: e-mail, out."""

from services.notify.gateway.mail import compose
from services.notify.gateway.smtp import Post, Server, Shelf, SmtpPost, post_of, read_server

__all__ = ["Post", "Server", "Shelf", "SmtpPost", "compose", "post_of", "read_server"]
