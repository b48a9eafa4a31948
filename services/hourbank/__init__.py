"""The hour bank: the hours that a customer has bought, held, used and lost.

Owns: accounts (one per contract), lots, the ledger of entries, holds and approved tranches, debits, reversals,
    disputes, statements; and the work, approvals and invoice lines that explain them.
Tells: HoursGranted, HoursHeld, HoldRefused, HoursReleased, HoldUntouched, HoursDebited, OverageAccrued, HoursReversed,
    OverageReversed, LotExpiring, LotExpired, LotVoided, LotVoidRefused, BalanceLow, BalanceDepleted, TerminationNear,
    HoursRefunded, StatementIssued. Stream: the contract.
Hears: of billing ContractActivated, PlanChangeScheduled, PlanChangeWithdrawn, PriceAdjusted, CancellationRequested,
    CancellationWithdrawn, ContractTerminated, ContractSuspended, ContractResumed, HoursPurchased, PurchaseVoided,
    DisputeOpened, DisputeSettled, InvoiceFinalized, InvoicePaid, InvoiceVoided; of ticketing EstimatePublished,
    EstimateApproved, EstimateDeclined, EstimateWithdrawn, EstimateExpired, EstimateSuperseded, TicketClosed,
    TicketCancelled.
Promises: minutes move only by entries that are never changed, numbered without gaps per account; no bucket is ever
    negative; no overage without approval; one grant per cycle, one hold per estimate, one debit per ticket and round,
    one overage per tranche of it; what falls due is dated by its own midnight, whenever it is run.
"""
