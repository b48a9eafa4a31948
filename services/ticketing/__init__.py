"""ticketing: the work and how long it took; who may ask for it; estimates and approvals.

Owns: tickets with their messages, files, estimates, checklists, time entries and history; demands that come again;
the provider's channels, catalogue, impediments, levels, priorities, form and rounding of time.
Tells: TicketOpened, TicketTriaged, TicketEscalated, MessagePosted, PromiseSet, EstimatePublished, ApprovalRequested,
ApprovalReminded, EstimateApproved, EstimateDeclined, EstimateWithdrawn, EstimateExpired, EstimateSuperseded,
ImpedimentReminded, EmergencyBegun, WorkLogged, TicketPaused, TicketResumed,
TicketResolved, TicketReopened, TicketClosed, TicketCancelled, TicketAssigned, TicketMerged, TicketAbsorbed,
TicketRecovered, TimerStarted, TimerStopped, WorkRemoved, MeetingRequested, VisitScheduled, VisitRescheduled,
VisitCancelled, VisitMissed (stream: the ticket); LoginLinkRequested (stream: the link);
PersonAnonymised, PrivacyExportRequested, PrivacyExportReady (stream: the person).
Hears: ContractActivated (whose demands may be registered) and what becomes of it (PlanChanged, ContractRoundingChanged,
AccountManagerChanged, ContractSuspended, ContractResumed, CancellationRequested, CancellationWithdrawn,
ContractTerminated); TimeboxReached (a level or a session has lasted as long as it may); ClockStarted, ClockPaused,
ClockResumed, ClockRescheduled, ClockCancelled and SlaMet (what is due first); HoursHeld and HoldRefused (what the bank
says of an estimate), HoursDebited (what a closed ticket took).
Promises: no billable minute without an approved estimate (N40), no debit above what was approved (domain 2.5), no pause
that the customer cannot see (4.3); the words of a ticket never leave this service.
"""
