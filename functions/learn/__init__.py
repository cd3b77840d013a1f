"""Learn queue -> a new model version."""
