"""What is said of waiting, in English."""

from services.notify.domain.values import Template
from services.notify.domain.words import Wording

_PLAN = "Contract: plan {plan}"

WAITING = {
    Template.APPROVAL_REMINDED: Wording(
        subject="{tag}We still wait for your answer: {minutes}",
        paragraphs=(
            "On {requested_at} we asked you to approve {minutes} of work for the {ticket}, and have had no answer yet.",
            "To be charged besides: {minutes_over}, {overage} in total.",
            "The estimate is valid until {valid_until}; without an answer by then nothing is done or charged.",
            "To read and answer without logging in, use your personal link, which is good once:\n{approval_link}",
        ),
    ),
    Template.ESTIMATE_WITHDRAWN: Wording(
        subject="{tag}The customer has taken estimate {estimate_number} back",
        paragraphs=(
            "Estimate {estimate_number} of the {ticket} is approved no more since {withdrawn_at}: stop working on it.",
            "Reason: {reason}",
            _PLAN,
        ),
    ),
    Template.IMPEDIMENT_REMINDED: Wording(
        subject="{tag}The ticket waits for you: {impediment}",
        paragraphs=(
            "The {ticket} stands still, and its deadline with it: {impediment}.",
            "The ticket itself says what we need of you. Do not write passwords in it.",
        ),
    ),
    Template.IMPEDIMENT_LEFT: Wording(
        subject="{tag}No answer from the customer: {impediment}",
        paragraphs=(
            "The customer was reminded {times} times, and the {ticket} still stands still: {impediment}.",
            "There will be no other reminder: talk to the customer.",
            _PLAN,
        ),
    ),
    Template.EMERGENCY_BEGUN: Wording(
        subject="{tag}Emergency: work has begun before its approval",
        paragraphs=(
            "As it is an emergency, work on the {ticket} began on {begun_at}, before your approval.",
            "It is {most} at most until you answer the estimate, and nothing is charged without your approval.",
        ),
    ),
}
