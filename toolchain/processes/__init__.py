"""Processes of the system: those that we start and end, signals, streams, logs, and the hardware that they run on."""
