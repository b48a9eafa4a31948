"""Every word that a customer or the team reads in English."""

from services.notify.domain.values import Template
from services.notify.domain.words import Language, Locale, Wording

_FROM_BANK = "{by_package}From your hours package: {minutes_from_bank}."
_OVERAGE = "{by_package}Beyond the balance: {minutes_over} at {hour_price} an hour, {overage} in all."
_CHARGED = "{by_hour}To be charged: {minutes_over} at {hour_price} an hour, {overage} in all."
_REPLACES = "This is estimate {estimate_number}. It replaces estimate {replaced_number}, which is no longer valid."
_PLAN = "Contract: plan {plan}"
_FULL_PRICE = "What goes beyond the balance is done with your approval only, at the full price of the hour."

EN = Language(
    locale=Locale.EN,
    cldr="en",
    moment="MMM d, y, HH:mm",
    day="MMM d, y",
    month="MMMM y",
    zones={
        "America/Sao_Paulo": "Brasília time",
        "America/Manaus": "Manaus time",
        "America/Cuiaba": "Cuiabá time",
        "America/Rio_Branco": "Acre time",
        "America/Noronha": "Fernando de Noronha time",
    },
    terms={
        "ticket": "ticket",
        "metric.attendance": "attendance",
        "metric.delivery": "delivery",
        "priority.low": "low",
        "priority.medium": "medium",
        "priority.high": "high",
        "priority.critical": "critical",
    },
    rows={
        "lot": "- from the lot of {effective_date}: {minutes}",
        "line": "- {description}: {amount}",
    },
    opening=("Hello, {name}!",),
    closing=(
        "As of {said_at}. The present state is always at:\n{link}",
        "{on_ticket}{provider}\nThis message was sent by a machine: to answer, use the address above.",
        "{off_ticket}{provider}",
    ),
    wordings={
        Template.CONTRACT_ACTIVATED: Wording(
            subject="Contract active: plan {plan}",
            paragraphs=(
                "Your contract of the plan {plan} is active since {start_date}.",
                "Hours package: {monthly} a month, valid for {validity_months} months.",
                "Monthly fee: {plan_price}.",
                "An hour beyond the package: {price_beyond}, always with your approval.",
                "Price of an hour: {hour_price}, always with your approval.",
            ),
        ),
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
                (
                    "{closes_some_day}If something needs adjusting, ask for it in the ticket itself. "
                    "Otherwise it is closed."
                ),
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
        Template.INVOICE_FINALIZED: Wording(
            subject="Invoice {invoice_number}: {total}, due on {due_date}",
            paragraphs=(
                "The invoice {invoice_number} was issued on {issue_date}.",
                _PLAN,
                "{lines}",
                "Total: {total}\nDue on: {due_date}",
                "Questions about the invoice: {finance_mailbox}",
            ),
        ),
        Template.LOT_EXPIRING: Wording(
            subject="Hours about to lapse: {minutes} until {last_day}",
            paragraphs=(
                "There are still {minutes} of your hours package that can be used only until the end of {last_day}.",
                "{days_left} days are left.",
                "{one_day_left}One day is left.",
            ),
        ),
        Template.BALANCE_LOW: Wording(
            subject="Low balance of hours: {available}",
            paragraphs=(
                "The available balance of your hours package is {available}; we warn at {threshold} or less.",
                _FULL_PRICE,
            ),
        ),
        Template.BALANCE_DEPLETED: Wording(
            subject="No balance of hours left",
            paragraphs=(
                "There is no available balance left in your hours package.",
                "Reserved for tickets under way: {held}.",
                _FULL_PRICE,
            ),
        ),
        Template.STATEMENT_ISSUED: Wording(
            subject="Statement of hours of {period}",
            paragraphs=(
                "This is the statement of your hours package of {period}.",
                (
                    "Opening balance: {opening}\nCredited: {granted}\nUsed: {debited}\nLapsed: {expired}\n"
                    "Closing balance: {closing}"
                ),
                "Beyond the balance, charged by invoice: {overage}",
            ),
        ),
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
    },
)
