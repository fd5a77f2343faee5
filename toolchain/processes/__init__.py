"""What runs beside us: programs that we start and end, signals, streams, logs, and the hardware below."""
