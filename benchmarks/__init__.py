"""What is measured on the local stack. Each prints the table that docs/ quote."""
