"""What the core needs from outside, as Protocols. Every adapter and fake passes the same contract suite (tests/contract).

Every method may raise TemporaryFailure (try again) or PermanentFailure (never works); other errors are named where they arise.
"""
