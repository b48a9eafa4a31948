"""ticketing: the work and how long it took; who may ask for it; estimates and approvals.

Owns: tickets with their messages, estimates, time entries and history; the provider's channels, catalogue, impediments,
levels, priorities, form and rounding of time.
Tells: `shared/events/ticketing.py`. Stream: the ticket.
Hears: ContractActivated (whose demands may be registered), HoursHeld and HoldRefused (what the bank says of an
estimate), HoursDebited (what a closed ticket took).
Promises: no billable minute without an approved estimate (N40), no debit above what was approved (domain 2.5), no pause
that the customer cannot see (4.3); the words of a ticket never leave this service.
"""
