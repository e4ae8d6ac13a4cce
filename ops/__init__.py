"""What an operator runs to look into a stack."""
