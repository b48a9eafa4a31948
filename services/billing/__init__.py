"""Billing: plans, contracts, invoices: what a customer owes and why.

Owns: the organizations that are invoiced, contracts with the terms that were agreed, overage that waits for its
invoice, invoices with their numbers, papers, payments, credit notes and disputes; price lists, months of indexes.
Tells: ContractActivated, ContractRoundingChanged, AccountManagerChanged, PlanChangeScheduled, PlanChangeWithdrawn,
PlanChanged, PriceAdjusted, HoursPurchased, PurchaseVoided, ContractSuspended, ContractResumed, CancellationRequested,
CancellationWithdrawn, ContractTerminated; InvoiceUpcoming, InvoiceDrafted, FinalizationFailed, InvoiceFinalized,
FiscalDocumentRequested, FiscalDocumentAuthorized, FiscalDocumentRejected, FiscalDocumentCancelled, InvoiceSent,
InvoiceWillBeDue, InvoiceOverdue, PaymentRecorded, InvoicePaid, InvoiceOverpaid, InvoiceVoided, InvoiceUncollectible,
CreditNoteIssued, CreditNoteVoided, DisputeOpened, DisputeSettled.
Hears: OverageAccrued, OverageReversed, HoursRefunded, LotVoided, LotVoidRefused (hourbank); MessageSent (notify).
Promises: one invoice per contract and month however often, late or on how many nodes the run is done; numbers without
gaps per provider, series and year; every overage on exactly one invoice; an invoice never changes once it has its
number; a customer sees its own organization's contracts and invoices only.
"""
