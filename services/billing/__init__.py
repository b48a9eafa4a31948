"""Billing: plans, contracts, invoices: what a customer owes and why.

Owns: the organizations that are invoiced, contracts with the terms that were agreed, overage that waits for its
invoice, invoices with their numbers.
Tells: ContractActivated, InvoiceFinalized.
Hears: OverageAccrued (hourbank).
Promises: one invoice per contract and month however often, late or on how many nodes the run is done; numbers without
gaps per provider, series and year; every overage on exactly one invoice; an invoice never changes once it has its
number; a customer sees its own organization's contracts and invoices only.
"""
