"""What can be measured, each number described once."""
