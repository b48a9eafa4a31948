"""The figures: how fast and how large, each as a ratio to a baseline measured in the same run."""
