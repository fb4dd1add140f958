"""What a user does on a map in three dimensions."""
