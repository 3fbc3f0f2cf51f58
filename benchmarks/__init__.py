"""How fast is it, and against what? `python -m benchmarks` measures; nothing is asserted."""
