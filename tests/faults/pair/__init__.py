"""Two services as small as services can be, with everything of the machinery in them.

`notify` is asked over HTTP to tell something and tells MessageSent; `hourbank` hears it, writes it down and tells
BalanceDepleted; `notify` hears that and writes it down too, and a job of `notify` writes down once for each that its
instant has come. So every fact makes the whole round, and whoever reads the two databases can say what was lost, done
twice or out of order.
"""
