"""What the bot costs: `make bench`, or `python -m tests.bench PART …` for some of the parts."""
