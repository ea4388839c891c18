"""The benchmarks of Demijohn and its peers: `sh scripts/benchmark`."""
