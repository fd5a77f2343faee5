"""Projects of our layout out of what other programs make books of, with a ledger of every change."""
