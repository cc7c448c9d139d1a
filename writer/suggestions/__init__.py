"""Pure policy of the suggestion: context, gate, filters, builder."""
