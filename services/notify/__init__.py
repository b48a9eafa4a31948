"""Notify: every word that leaves the house, said once.

Owns: the people who are written to (contacts, with their addresses), the words in Portuguese and English, and every
message with what became of it.

Tells: MessageSent, MessageFailed.

Hears: what a customer must be told of (tickets, approvals, visits, meetings, hours, invoices, the life of contracts)
and what the team must be told of (a customer's answer, a decision, a promise about to break or broken, a limit that is
reached, a ticket that went up), with the account manager of the contract or the deputy (N10); who asks for a link that
logs in, or for what is kept of them; who is to be forgotten.

Promises: one message per fact and recipient; nobody is told of their own action (N-03), but who opens a ticket has a
receipt (N14); a message that is written is sent at least once, with the same Message-ID if twice, or said to have
failed; who would be sent more than thirty in an hour reads the others in a digest, and a loop is broken (N-02), but
what asks for an answer or is owed always leaves by itself; addresses live here and nowhere else.
"""
