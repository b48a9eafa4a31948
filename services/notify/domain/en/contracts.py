"""What is said of contracts, in English."""

from services.notify.domain.values import Template
from services.notify.domain.words import Wording

CONTRACTS = {
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
    Template.PLAN_CHANGE_SCHEDULED: Wording(
        subject="Change of plan on {effective_date}: {to_plan}",
        paragraphs=(
            "Your contract changes from the plan {from_plan} to the plan {to_plan} on {effective_date}.",
            "Hours package: {monthly} a month.",
            "Monthly fee: {plan_price}.",
            "An hour beyond the package: {price_beyond}, always with your approval.",
            "Price of an hour: {hour_price}, always with your approval.",
            "The hours that you have already stay valid as long as they were.",
        ),
    ),
    Template.PLAN_CHANGE_WITHDRAWN: Wording(
        subject="The change of plan will not be",
        paragraphs=("The change of plan that was ahead has been withdrawn: your contract stays as it is.",),
    ),
    Template.PLAN_CHANGED: Wording(
        subject="New plan in force: {to_plan}",
        paragraphs=(
            "Your contract has changed from the plan {from_plan} to the plan {to_plan} on {effective_date}.",
            "Hours package: {monthly} a month.",
            "Monthly fee: {plan_price}.",
            "An hour beyond the package: {price_beyond}, always with your approval.",
            "Price of an hour: {hour_price}, always with your approval.",
        ),
    ),
    Template.PRICE_ADJUSTED: Wording(
        subject="Yearly adjustment from {effective_date}",
        paragraphs=(
            "The prices of your contract are adjusted by the index {index_name} from {effective_date} on.",
            "Monthly fee: {plan_price}, {previous_plan_price} before.",
            "Price of an hour: {hour_price}, {previous_hour_price} before.",
            "What has been approved keeps its approved price.",
        ),
    ),
    Template.CANCELLATION_REQUESTED: Wording(
        subject="We have received your notice: contract until {last_day}",
        paragraphs=(
            "We received the notice for your contract on {received_date}.",
            "The contract runs until the end of {last_day}; until then everything works as ever.",
        ),
    ),
    Template.CANCELLATION_WITHDRAWN: Wording(
        subject="Your contract goes on",
        paragraphs=("The notice has been withdrawn: your contract goes on as it is.",),
    ),
    Template.TERMINATION_NEAR: Wording(
        subject="Balance of hours until the contract ends: {available}",
        paragraphs=(
            "Your contract runs until the end of {last_day}. The available balance of your package is {available}.",
            "{days_left} days are left.",
            "{one_day_left}One day is left.",
            "Reserved for tickets under way: {held}.",
        ),
    ),
    Template.CONTRACT_TERMINATED: Wording(
        subject="Contract ended",
        paragraphs=(
            "Your contract ran until the end of {last_day} and has ended.",
            "What is still to be charged comes with the last invoice, on the first business day after that.",
        ),
    ),
    Template.CONTRACT_SUSPENDED: Wording(
        subject="Contract suspended",
        paragraphs=(
            "Your contract is suspended: nothing new is estimated. What has been approved is finished.",
            "{stops_grants}While the suspension lasts, no new hours are credited.",
            "To settle it, write to us: {finance_mailbox}",
        ),
    ),
    Template.CONTRACT_RESUMED: Wording(
        subject="Contract active again",
        paragraphs=("The suspension of your contract is over: everything works as before.",),
    ),
}
