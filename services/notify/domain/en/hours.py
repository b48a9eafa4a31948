"""What is said of the hours package, in English."""

from services.notify.domain.values import Template
from services.notify.domain.words import Wording

_FULL_PRICE = "What goes beyond the balance is done with your approval only, at the full price of the hour."

HOURS = {
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
    Template.HOURS_PURCHASED: Wording(
        subject="Hours bought: {minutes}",
        paragraphs=(
            "{minutes} have been credited to your hours package, bought for {amount}.",
            "They can be used from {effective_date} on, for {validity_months} months.",
            "The amount comes with the next invoice.",
        ),
    ),
    Template.HOURS_REVERSED: Wording(
        subject="{tag}Hours given back: {minutes}",
        paragraphs=(
            "Of the {ticket}, {minutes} have come back to your hours package.",
            "The lot that they were from had lapsed:\n{lots}",
            "{forfeited} can no longer be used, because the contract has ended.",
            "Balance of the package: {balance_after}.",
        ),
    ),
}
