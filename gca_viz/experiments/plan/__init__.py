"""A recipe's plan: computed step by step, and what can be read, told and written of it."""
