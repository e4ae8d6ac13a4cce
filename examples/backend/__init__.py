"""An example generation backend: the other half of the contract, in one folder to read, run or copy."""
