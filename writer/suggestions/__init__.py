"""The policy of suggestions: context, confidence gate, filters, builder. No Qt, no model."""
