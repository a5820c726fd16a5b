"""Numbers: Gaussian expectations, vertex tables, transfer through layers."""
