"""What the benchmark of pages asks for, one small file for each framework."""
