"""The hour bank: the hours that a customer has bought, held, used and lost.

Owns: accounts (one per contract), lots, the ledger of entries, holds and approved tranches, debits, statements.
Tells: HoursGranted, HoursHeld, HoldRefused, HoursReleased, HoursDebited, OverageAccrued, LotExpiring, LotExpired,
    BalanceLow, BalanceDepleted, StatementIssued. Stream: the contract.
Hears: of billing ContractActivated; of ticketing EstimatePublished, EstimateApproved, EstimateDeclined,
    EstimateExpired, EstimateSuperseded, TicketClosed, TicketCancelled.
Promises: minutes move only by entries that are never changed, numbered without gaps per account; no bucket is ever
    negative; no overage without approval; one grant per cycle, one hold per estimate, one debit per ticket and round,
    one overage per tranche of it; what falls due is dated by its own midnight, whenever it is run.
"""
