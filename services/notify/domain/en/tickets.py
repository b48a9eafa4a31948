"""What is said of tickets and approvals, in English."""

from services.notify.domain.values import Template
from services.notify.domain.words import Wording

_FROM_BANK = "{by_package}From your hours package: {minutes_from_bank}."
_OVERAGE = "{by_package}Beyond the balance: {minutes_over} at {hour_price} an hour, {overage} in all."
_CHARGED = "{by_hour}To be charged: {minutes_over} at {hour_price} an hour, {overage} in all."
_REPLACES = "This is estimate {estimate_number}. It replaces estimate {replaced_number}, which is no longer valid."

TICKETS = {
    Template.TICKET_OPENED: Wording(
        subject="{tag}We have received your ticket",
        paragraphs=(
            "We have received your {ticket}, registered on {registered_at}.",
            "Our team will look into it and answer in the ticket itself.",
        ),
    ),
    Template.STAFF_ANSWERED: Wording(
        subject="{tag}The team has answered in your ticket",
        paragraphs=(
            "The team answered in your {ticket} on {posted_at}.",
            "Read the answer, and reply if need be, at the address below.",
        ),
    ),
    Template.PROMISE_SET: Wording(
        subject="{tag}Planned delivery: {promised_at}",
        paragraphs=("Your {ticket} is planned to be delivered on {promised_at}.",),
    ),
    Template.PROMISE_CHANGED: Wording(
        subject="{tag}New planned delivery: {promised_at}",
        paragraphs=(
            "The planned delivery of your {ticket} has moved from {previous_promised_at} to {promised_at}.",
            "Reason: {reason}",
        ),
    ),
    Template.APPROVAL_REQUESTED: Wording(
        subject="{tag}We need your approval: {minutes}",
        paragraphs=(
            "We estimate {minutes} of work for your {ticket}.",
            _REPLACES,
            "Justification: {justification}",
            _FROM_BANK,
            _OVERAGE,
            _CHARGED,
            "Your package covers {minutes_covered}: nothing is charged on top.",
            (
                "Work begins with your approval only. The offer is valid until {valid_until}; "
                "without an answer by then, nothing is done and nothing is charged."
            ),
            "To read and answer without signing in, use your personal link, which counts once:\n{approval_link}",
        ),
    ),
    Template.ADDITIONAL_HOURS_REQUESTED: Wording(
        subject="{tag}We need your approval: {minutes} more",
        paragraphs=(
            "Your {ticket} needs {minutes} more than has been approved.",
            _REPLACES,
            "Justification: {justification}",
            _FROM_BANK,
            _OVERAGE,
            _CHARGED,
            "Your package covers {minutes_covered}: nothing is charged on top.",
            (
                "It is up to you to approve or decline until {valid_until}. "
                "Without your approval, work stops at what has been approved."
            ),
            "To read and answer without signing in, use your personal link, which counts once:\n{approval_link}",
        ),
    ),
    Template.APPROVAL_PENDING: Wording(
        subject="{tag}An approval was asked for: {minutes}",
        paragraphs=(
            "We have asked for the approval of {minutes} of work for your {ticket}.",
            _REPLACES,
            "Justification: {justification}",
            _FROM_BANK,
            _OVERAGE,
            _CHARGED,
            "Your package covers {minutes_covered}: nothing is charged on top.",
            "Who approves in your organization can answer until {valid_until}. You need not do anything.",
        ),
    ),
    Template.TICKET_RESOLVED: Wording(
        subject="{tag}Ticket done",
        paragraphs=(
            "Your {ticket} was done on {resolved_at}.",
            (
                "If something needs adjusting, ask for it in the ticket itself until {closes_at}: "
                "without new messages, it is closed automatically then."
            ),
            ("{closes_some_day}If something needs adjusting, ask for it in the ticket itself. Otherwise it is closed."),
            "{by_package}When it is closed, the hours are taken from your package.",
        ),
    ),
    Template.TICKET_CLOSED: Wording(
        subject="{tag}Ticket closed: {minutes}",
        short_subject="{tag}Ticket closed",
        paragraphs=(
            "Your {ticket} was closed on {debited_at}.",
            "Hours of the ticket: {minutes}.",
            "Taken from your hours package: {minutes_from_bank}\n{lots}",
            (
                "{by_package}Beyond the balance: {minutes_over}, at the approved price, "
                "on the invoice of the first business day of next month."
            ),
            (
                "{by_hour}To be charged: {minutes_over}, at the approved price, "
                "on the invoice of the first business day of next month."
            ),
            "Worked and not charged: {minutes_written_off}.",
            "{by_package}Balance of the package after closing: {balance_after}.",
        ),
    ),
    Template.VISIT_SCHEDULED: Wording(
        subject="{tag}Visit appointed: {starts_at}",
        paragraphs=(
            "We have appointed a visit for your {ticket}: from {starts_at} to {ends_at}.",
            "The invitation for your calendar is attached.",
        ),
    ),
    Template.VISIT_RESCHEDULED: Wording(
        subject="{tag}Visit moved: {starts_at}",
        paragraphs=(
            "The visit for your {ticket} has moved: from {starts_at} to {ends_at}.",
            "The attached invitation brings your calendar up to date.",
        ),
    ),
    Template.VISIT_CANCELLED: Wording(
        subject="{tag}Visit cancelled",
        paragraphs=(
            "The visit for your {ticket} has been cancelled.",
            "It was appointed for {starts_at}.",
            "Reason: {reason}",
        ),
    ),
    Template.VISIT_MISSED: Wording(
        subject="{tag}The visit did not take place",
        paragraphs=(
            "The visit for your {ticket} did not take place. Answer in the ticket to appoint another one.",
            "It was appointed for {starts_at}.",
            "Reason: {reason}",
        ),
    ),
    Template.MEETING_REQUESTED: Wording(
        subject="{tag}We need a meeting: {minutes}",
        paragraphs=(
            "We ask for a meeting about your {ticket}: {minutes}, with {professionals} of our team.",
            "Reason: {reason}.",
            "Talking takes less time than writing here. Time of the team, in all: {minutes_in_all}.",
        ),
    ),
    Template.TICKET_MERGED: Wording(
        subject="{tag}The ticket goes on in #{into_number}",
        paragraphs=(
            "Your {ticket} is about the same as the ticket #{into_number}: the work goes on there.",
            "Nothing was taken for this ticket.",
        ),
    ),
    Template.TICKET_CANCELLED: Wording(
        subject="{tag}Ticket cancelled",
        paragraphs=(
            "Your {ticket} was cancelled on {cancelled_at}.",
            "Reason: {reason}",
            "The hours that were reserved for it have come back.",
        ),
    ),
    Template.LOGIN_LINK: Wording(
        subject="Your link to log in",
        paragraphs=(
            (
                "To log in without a password, use your personal link, which counts once, until {valid_until}:\n"
                "{link}?token={login_token}"
            ),
            "If it was not you who asked for it, do nothing: without the link nobody gets in.",
        ),
    ),
    Template.PRIVACY_EXPORT_REQUESTED: Wording(
        subject="Your request about your personal data",
        paragraphs=(
            "On {requested_at} we received the request for all that we keep about you (LGPD, art. 18).",
            "It has been put together: {provider} hands you the complete statement by {due_at}.",
            "If it was not you who asked, please tell us.",
        ),
    ),
}
