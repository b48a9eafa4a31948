"""Promises about time: calendars, clocks, time-boxes.

Owns: each provider's calendars, the days laid over them, and policies, every version of them that a clock was made
under; the facts of each ticket that its clocks care for; the clocks and time-boxes, which are a pure fold over those
facts; what has been announced of them. Ticketing and billing own the calendars of quotes, silence and
invoices, each in its section of the offer (4.4): a calendar that is edited here moves promises and nothing else.

Tells: ClockStarted, ClockPaused, ClockResumed, ClockRescheduled, SlaWarned, SlaMet, SlaBreached, BreachRevised,
ClockCancelled, TimeboxReached, CalendarChanged.

Hears: ticketing's TicketOpened, TicketTriaged, MessagePosted, TicketEscalated, EstimatePublished, PromiseSet,
TicketPaused, TicketResumed, TicketResolved, TicketReopened, TicketClosed, TicketCancelled, TicketAssigned,
TimerStarted, TimerStopped, TicketMerged, TicketAbsorbed, TicketRecovered, MeetingRequested; billing's
ContractActivated, PlanChanged.

Promises: a due instant that can be explained and derived again, in open hours only; each warning and each breach said
once, dated by its due instant; met and broken are final, unless a fact from before the due instant comes late, or a
calendar is corrected while what was promised is still owed.
"""
