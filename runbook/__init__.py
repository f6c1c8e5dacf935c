"""What happens, in order: the plans, the runner, the gate, and a file for each stage."""
