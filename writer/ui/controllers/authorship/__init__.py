"""The record of authorship: what follows the open texts, and what shows and exports it."""
