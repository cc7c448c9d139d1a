"""Trainings in several processes, on one computer or several."""
