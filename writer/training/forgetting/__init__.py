"""The guard against forgetting how others write."""
