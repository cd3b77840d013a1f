"""Messages of all kinds through the real use cases, with faults at random: at the end the ledger adds up, and nothing is lost or twice.

python -m tests.faultrun --messages 20000 --seed 1
"""
