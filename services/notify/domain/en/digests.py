"""What is said where much is said at once, in English (N-02)."""

from services.notify.domain.values import Template
from services.notify.domain.words import Wording

_WHERE = "Each message is still whole in the system, in the list of messages."

DIGESTS = {
    Template.DIGEST: Wording(
        subject="Digest: more messages in this hour ({count})",
        paragraphs=(
            "There were many messages for you within an hour. To spare your mailbox, the others are here together.",
            "{letters}",
            "And more: {more}.",
            _WHERE,
        ),
    ),
    Template.LOOP_DIGEST: Wording(
        subject="Digest: identical messages that we did not send one by one ({count})",
        paragraphs=(
            (
                "The same message was repeated many times within an hour, as when two systems answer each other. "
                "We stopped sending it, and what was left is together here:"
            ),
            "{letters}",
            "And more: {more}.",
            _WHERE,
        ),
    ),
    Template.LOOP_SUSPECTED: Wording(
        subject="{tag}A loop is suspected: too many identical messages",
        paragraphs=(
            "More than {limit} identical messages would have gone to one recipient within an hour. The last: {subject}",
            (
                "Further ones are held back and leave together, in a digest, after an hour without a new one, "
                "or within a day. Nothing is lost: in the list of messages they stand as collected."
            ),
            "See whether an automatic reply is answering our messages.",
        ),
    ),
}
