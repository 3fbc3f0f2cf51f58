"""How fast is it, and against what? `python -m benchmarks` measures and prints; nothing is asserted."""
