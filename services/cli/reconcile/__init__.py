"""`ponteiro reconcile`: statement, ledger and invoices of a month, held against each other."""
