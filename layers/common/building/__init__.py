"""How the layer and the functions are built. Nothing of this ships; the standard library and pip are all it needs."""
