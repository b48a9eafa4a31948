"""Promises about time: calendars, clocks, time-boxes.

Owns: each provider's calendars and policies, every version of them that a clock was made under; the facts of each
ticket that its clocks care for; the clocks, which are a pure fold over those facts; what has been announced of them.

Tells: ClockStarted, ClockPaused, ClockResumed, ClockRescheduled, SlaWarned, SlaMet, SlaBreached, BreachRevised,
ClockCancelled.

Hears: ticketing's TicketOpened, TicketTriaged, MessagePosted, TicketEscalated, EstimatePublished, PromiseSet,
TicketPaused, TicketResumed, TicketResolved, TicketReopened, TicketClosed, TicketCancelled; billing's ContractActivated.

Promises: a due instant that can be explained and derived again, in open hours only; each warning and each breach said
once, dated by its due instant; met and broken are final, unless a fact from before the due instant comes late.
"""
