"""What a council decides: settings, policy and channels. Read by the entry points only."""
