"""What a field accepts: text → value; a value is its own text, so stored answers are parsed the same way."""
