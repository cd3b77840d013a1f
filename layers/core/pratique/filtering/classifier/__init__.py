"""The statistical learner."""
