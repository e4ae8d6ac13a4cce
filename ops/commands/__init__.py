"""The commands of `sorami`, a module for each group."""
