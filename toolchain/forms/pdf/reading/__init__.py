"""The artefacts, each opened once, as the checks get to see them."""
