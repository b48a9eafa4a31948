"""What is said for the team, in English."""

from services.notify.domain.values import Template
from services.notify.domain.words import Wording

_PLAN = "Contract: plan {plan}"

TEAM = {
    Template.CUSTOMER_ANSWERED: Wording(
        subject="{tag}The customer has written",
        paragraphs=("The customer wrote in the {ticket} on {posted_at}.", _PLAN),
    ),
    Template.ESTIMATE_APPROVED: Wording(
        subject="{tag}The customer has approved {minutes}",
        paragraphs=(
            "Estimate {estimate_number} of the {ticket}, {minutes}, was approved on {approved_at}.",
            "{by_package}Beyond the balance: {minutes_over} at {hour_price} an hour.",
            "{by_hour}To be charged: {minutes_over} at {hour_price} an hour.",
            _PLAN,
        ),
    ),
    Template.ESTIMATE_DECLINED: Wording(
        subject="{tag}The customer has declined estimate {estimate_number}",
        paragraphs=(
            "Estimate {estimate_number} of the {ticket} was declined on {declined_at}.",
            "Reason: {reason}",
            _PLAN,
        ),
    ),
    Template.ESTIMATE_EXPIRED: Wording(
        subject="{tag}Estimate {estimate_number} has lapsed unanswered",
        paragraphs=("Estimate {estimate_number} of the {ticket} lapsed unanswered on {expired_at}.", _PLAN),
    ),
    Template.SLA_WARNED: Wording(
        subject="{tag}{percent}% of the time for the {metric} has gone",
        paragraphs=(
            "{percent}% of the time for the {metric} of the {ticket} has gone.",
            "It is due on {due_at}.",
            _PLAN,
        ),
    ),
    Template.SLA_BREACHED: Wording(
        subject="{tag}Deadline of {metric} missed",
        paragraphs=(
            "The {metric} of the {ticket} was due on {due_at} and has been missed.",
            "Priority: {priority}.",
            _PLAN,
        ),
    ),
    Template.MEETING_WANTED: Wording(
        subject="{tag}The customer asks for a meeting: {minutes}",
        paragraphs=(
            "The customer asks for a meeting about the {ticket}: {minutes}, with {professionals} of the team.",
            "Reason: {reason}.",
            "Time of the team, in all: {minutes_in_all}.",
            _PLAN,
        ),
    ),
    Template.TICKET_REOPENED: Wording(
        subject="{tag}An adjustment is asked for",
        paragraphs=(
            "The {ticket} was reopened on {reopened_at}.",
            "{after_close}It had been closed: a new round begins.",
            "Reason: {reason}",
            _PLAN,
        ),
    ),
    Template.TICKET_ESCALATED: Wording(
        subject="{tag}The ticket went up to level {to_level}",
        paragraphs=(
            "The {ticket} went from level {from_level} up to level {to_level} on {escalated_at}.",
            "Reason: {reason}",
            _PLAN,
        ),
    ),
    Template.HOLD_UNTOUCHED: Wording(
        subject="{tag}Hours reserved and untouched: {minutes}",
        paragraphs=(
            "For {days} days {minutes} have been reserved for the {ticket}, and nothing has happened to it.",
            "Finish it, cancel it or estimate it anew to set them free.",
            _PLAN,
        ),
    ),
    Template.TIMEBOX_REACHED: Wording(
        subject="{tag}Time is up: {box}, {limit}",
        paragraphs=(
            "The {ticket} has reached the limit of {limit}: {box}.",
            "{escalated}It has gone up a level.",
            "{suggested}It may be time to hand it to the next level.",
            _PLAN,
        ),
    ),
}
