"""Names of kinds of output that several rooms ask for: whoever needs a name only imports nothing that looks into outputs."""

PLAIN = "text/plain"
WIDGET = "application/vnd.jupyter.widget-view+json"
SEVERAL = "application/vnd.toolchain.outputs+json"
"""What one output shows, as several: the gate itself writes it, and lets none in."""
JAVASCRIPT = "application/javascript"
