"""What must be true of a running deployment: before an upgrade, on the clone, in the dark, and after a way back."""
