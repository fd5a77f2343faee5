"""Projects of mystmd: myst.yml, and MyST where it differs from that of MyST-Parser."""
